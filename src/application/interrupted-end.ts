import { OutputDigest } from '../domain/run/output-digest.js';
import type { LogEvent } from '../domain/run/run-event.js';
import type { RunEnd, ScriptRun } from '../domain/run/script-run.js';
import type { Swept } from './ports/process-sweeper.js';
import type { RunLog } from './ports/run-log.js';
import { outputPieces } from './use-cases/read-output.js';

/** The end of a run whose server is gone: `canceled` if that was asked for, otherwise `interrupted`; with the output that its log kept. */
export const interruptedEnd = async (
  { runLog, tailBytes }: { runLog: RunLog; tailBytes: number },
  run: ScriptRun,
  { message, swept }: { message: string; swept: Swept },
): Promise<RunEnd> => {
  const digest = new OutputDigest(tailBytes);
  for await (const { stream, line } of outputPieces(runLog, run.id) as AsyncIterable<LogEvent>)
    digest.add(stream, line);
  const canceled = run.meta.cancel !== null;
  return {
    status: canceled ? 'canceled' : 'failed',
    reason: canceled ? 'canceled' : 'interrupted',
    message,
    exitCode: null,
    signal: null,
    ...swept,
    outputTail: digest.tail(),
    output: { ...digest.counts(), droppedBytes: run.meta.output.droppedBytes },
    lastSeq: await runLog.lastSeq(run.id),
  };
};
