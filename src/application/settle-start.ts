import type { ScriptRun } from '../domain/run/script-run.js';
import { endOfQueuedRun } from './end-queued-run.js';
import type { KeyedStarts } from './keyed-starts.js';
import type { Clock } from './ports/clock.js';
import type { Log } from './ports/log.js';
import type { RunLog } from './ports/run-log.js';
import type { RunRepository } from './ports/run-repository.js';
import { patient, patientLog, retryWhileUnavailable } from './retry-while-unavailable.js';
import type { RunEnds } from './run-ends.js';

/** A command whose answer was lost may reach the store after it answers others again. */
const LATE_MS = 5000;

/**
 * Settles a start that the store did not answer, of which the caller was told that it failed. Should the run be stored all the same, now or
 * soon, it is ended before it starts: otherwise the next start of the server would execute what nobody expects any more. Under a key it is
 * taken up instead: the same request comes again and is answered this run. Never rejects.
 */
export type SettleStart = (run: Pick<ScriptRun, 'id'>, options: { isKeyed: boolean }) => Promise<void>;

interface Needs {
  runs: RunRepository;
  runLog: RunLog;
  keyedStarts: KeyedStarts;
  ends: RunEnds;
  clock: Clock;
  log: Log;
  /** Aborted: stop waiting for a store that does not answer. */
  abandon: AbortSignal;
}

export const makeSettleStart = (needs: Needs): SettleStart => {
  const { keyedStarts, ends, clock, log, abandon } = needs;
  const patience = { clock, signal: abandon };
  const runs = patient(needs.runs, patience);
  const runLog = patientLog(needs.runLog, patience);

  const settle = async (run: ScriptRun, isKeyed: boolean): Promise<void> => {
    if (isKeyed) await retryWhileUnavailable(patience, () => keyedStarts.takeUp(run));
    else if (run.status === 'queued') {
      const end = await endOfQueuedRun(runLog, run, 'canceled', 'the store did not answer when it was accepted');
      await ends.record({ id: run.id, token: null }, end);
    }
  };

  return async ({ id }, { isKeyed }) => {
    try {
      for (const afterMs of [0, LATE_MS]) {
        if (afterMs > 0) await clock.after(afterMs, abandon);
        const found = await runs.find(id);
        if (found && !('broken' in found)) await settle(found, isKeyed);
        if (found) return;
      }
    } catch (error) {
      if (!abandon.aborted) log.error({ err: error, runId: id }, 'a start that failed could not be settled');
    }
  };
};
