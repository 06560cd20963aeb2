import { OutputDigest } from '../domain/run/output-digest.js';
import type { RunEnd, RunProgress, ScriptRun } from '../domain/run/script-run.js';
import type { Swept } from './ports/process-sweeper.js';
import type { RunLog } from './ports/run-log.js';
import { ReadableLog } from './readable-log.js';
import { outputPieces } from './use-cases/read-output.js';

/**
 * The end of a run whose server is gone: `canceled` if that was asked for, otherwise `interrupted`; with the output that its log kept, or,
 * where the log has lost some, with what was stored of it while the run ran.
 */
export const interruptedEnd = async (
  { runLog, tailBytes }: { runLog: RunLog; tailBytes: number },
  run: ScriptRun,
  { message, swept }: { message: string; swept: Swept },
): Promise<RunEnd> => {
  const canceled = run.meta.cancel !== null;
  return {
    status: canceled ? 'canceled' : 'failed',
    reason: canceled ? 'canceled' : 'interrupted',
    message,
    exitCode: null,
    signal: null,
    ...swept,
    ...(await progressOf(runLog, run, tailBytes)),
  };
};

const progressOf = async (runLog: RunLog, run: ScriptRun, tailBytes: number): Promise<RunProgress> => {
  const { output, lastSeq } = run.meta;
  const digest = new OutputDigest(tailBytes);
  for await (const { stream, line } of outputPieces(new ReadableLog(runLog, run))) digest.add(stream, line);
  const kept = digest.counts();
  const hasLost = kept.bytes < output.bytes - output.droppedBytes;
  return {
    outputTail: hasLost ? run.outputTail : digest.tail(),
    output: hasLost ? output : { ...kept, droppedBytes: output.droppedBytes },
    // A number that was given is not given again: viewers may have seen its event.
    lastSeq: Math.max(lastSeq, await runLog.lastSeq(run.id)),
  };
};
