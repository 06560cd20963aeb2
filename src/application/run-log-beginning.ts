import { encodeEvent, queuedEvent } from '../domain/run/run-event.js';
import type { ScriptRun } from '../domain/run/script-run.js';
import type { RunLog, RunLogWriter } from './ports/run-log.js';

/** Opens a run's log and makes sure that its first event is there, which a crash may have come before. */
export const openRunLog = async (runLog: RunLog, run: ScriptRun): Promise<RunLogWriter> => {
  const writer = await runLog.open(run.id);
  try {
    if (writer.lastSeq === 0) await writer.append([encodeEvent(queuedEvent(run))]);
    return writer;
  } catch (error) {
    await writer.close();
    throw error;
  }
};

export const beginLog = async (runLog: RunLog, run: ScriptRun): Promise<void> => {
  const writer = await openRunLog(runLog, run);
  await writer.close();
};
