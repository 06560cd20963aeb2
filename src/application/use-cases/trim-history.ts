import { isDomainError } from '../../domain/errors.js';
import type { AuditRepository } from '../ports/audit-repository.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { RunLog } from '../ports/run-log.js';
import type { KeepRule, RunRepository } from '../ports/run-repository.js';
import type { Store } from '../ports/store.js';

/**
 * Deletes what need not be kept any longer, in slices with pauses between them, and gives its space back. Ends early, between two slices,
 * when `signal` is aborted. What a crash leaves undone the next call does.
 * @throws what the store throws; what was deleted by then stays deleted
 */
export type TrimHistory = (signal: AbortSignal) => Promise<void>;

/** How long history is kept; null: for ever. */
export interface Retention {
  readonly days: number | null;
  readonly runsOfScript: number | null;
  readonly auditDays: number | null;
}

interface Needs {
  store: Pick<Store, 'runs' | 'runLog' | 'audit' | 'reclaim'>;
  clock: Clock;
  log: Log;
  retention: Retention;
}

const SLICE_RUNS = 50;
const SLICE_EVENTS = 200;
const PAUSE_MS = 20;
const DAY_MS = 86_400_000;

export const makeTrimHistory =
  ({ store, clock, log, retention }: Needs): TrimHistory =>
  async (signal) => {
    const since = (days: number | null): Date | null =>
      days === null ? null : new Date(clock.now().getTime() - days * DAY_MS);
    const pause = (): Promise<void> => clock.after(PAUSE_MS, signal);
    const endedSince = since(retention.days);
    const auditSince = since(retention.auditDays);
    try {
      const deleteLogs = logDeleter(store.runLog, log);
      const runs = await trimRuns(store.runs, deleteLogs, { newest: retention.runsOfScript, endedSince }, pause);
      const auditEvents = auditSince ? await trimAudit(store.audit, auditSince, pause) : 0;
      const logs = endedSince ? await deleteAbandonedLogs(store, deleteLogs, endedSince, pause) : 0;
      if (runs + auditEvents + logs > 0) log.info({ runs, auditEvents, logs }, 'history was trimmed');
      while (await store.reclaim()) await pause();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };

type Pause = () => Promise<void>;
/** Answers those whose logs are gone now. */
type DeleteLogs = (runIds: readonly string[]) => Promise<string[]>;

/** One that cannot be deleted, because there is a folder in its place for one, must not keep the others. */
const logDeleter =
  (runLog: RunLog, log: Log): DeleteLogs =>
  async (runIds) => {
    const deleted: string[] = [];
    for (const runId of runIds) {
      try {
        await runLog.delete(runId);
        deleted.push(runId);
      } catch (error) {
        if (isDomainError(error, 'store.unavailable')) throw error;
        log.warn(
          { err: error, runId },
          'the log of a run could not be deleted; it is tried again with the next trimming',
        );
      }
    }
    return deleted;
  };

/** A log goes before its run: the other way round a crash would leave one that nobody knows of. */
const trimRuns = async (runs: RunRepository, deleteLogs: DeleteLogs, rule: KeepRule, pause: Pause): Promise<number> => {
  let trimmed = 0;
  let scriptId = await runs.nextScriptWithRuns('');
  while (scriptId !== null) {
    const ids = await deleteLogs(await runs.outdated(scriptId, rule, SLICE_RUNS));
    const deleted = ids.length > 0 ? await runs.deleteEnded(ids) : 0;
    trimmed += deleted;
    if (deleted === 0) scriptId = await runs.nextScriptWithRuns(scriptId);
    await pause();
  }
  return trimmed;
};

const trimAudit = async (audit: AuditRepository, since: Date, pause: Pause): Promise<number> => {
  for (let trimmed = 0; ;) {
    const deleted = await audit.deleteBefore(since, SLICE_EVENTS);
    if (deleted === 0) return trimmed;
    trimmed += deleted;
    await pause();
  }
};

/** Logs without a run: a power cut or a backup that was put back took the run. They may be all that is left of it, so they stay as long as a run. */
const deleteAbandonedLogs = async (
  { runs, runLog }: { runs: RunRepository; runLog: RunLog },
  deleteLogs: DeleteLogs,
  since: Date,
  pause: Pause,
): Promise<number> => {
  let deleted = 0;
  for await (const ids of runLog.runIdsBefore(since)) {
    const known = await runs.known(ids);
    deleted += (await deleteLogs(ids.filter((id) => !known.has(id)))).length;
    await pause();
  }
  return deleted;
};
