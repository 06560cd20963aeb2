import { encodeEvent, queuedEvent } from '../domain/run/run-event.js';
import type { ScriptRun } from '../domain/run/script-run.js';
import type { RunLog } from './ports/run-log.js';

/** Writes the first event of a run that has to wait; one that is executed at once gets it with the second. */
export const beginLog = async (runLog: RunLog, run: ScriptRun): Promise<void> => {
  const writer = await runLog.open(run.id);
  try {
    if (writer.lastSeq === 0) await writer.append([encodeEvent(queuedEvent(run))]);
  } finally {
    await writer.close();
  }
};
