import { isDomainError } from '../domain/errors.js';
import { printedLength } from '../domain/run/printed-text.js';
import { OutputDigest } from '../domain/run/output-digest.js';
import type { RunEnd, RunProgress, ScriptRun } from '../domain/run/script-run.js';
import { lastSeqOf } from './last-seq-of.js';
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
  const { outputTail, meta } = run;
  // A number that was given is not given again: viewers may have seen its event.
  const lastSeq = Math.max(meta.lastSeq, await lastSeqOf(runLog, run.id));
  const digest = await digestOf(runLog, run, tailBytes);
  const kept = digest?.counts();
  return digest && kept && kept.bytes >= meta.output.bytes - meta.output.droppedBytes
    ? { outputTail: digest.tail(), output: { ...kept, droppedBytes: meta.output.droppedBytes }, lastSeq }
    : { outputTail, output: meta.output, lastSeq };
};

/** Null where the log cannot be read, which keeps no run from its end. */
const digestOf = async (runLog: RunLog, run: ScriptRun, tailBytes: number): Promise<OutputDigest | null> => {
  const digest = new OutputDigest(tailBytes);
  try {
    for await (const event of outputPieces(new ReadableLog(runLog, run)))
      digest.add(event.stream, event.line, printedLength(event));
    return digest;
  } catch (error) {
    if (isDomainError(error, 'store.unavailable')) throw error;
    return null;
  }
};
