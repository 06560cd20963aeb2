import { isDomainError } from '../domain/errors.js';
import type { Clock } from './ports/clock.js';
import type { RunLog } from './ports/run-log.js';

const RETRY_MS = 500;

export interface Patience {
  readonly clock: Clock;
  /** Aborted: stop waiting. What is tried then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Called each time before it waits. */
  readonly onWait?: () => void;
}

/** Tries `work` again while the store does not answer. Other errors are thrown on. */
export const retryWhileUnavailable = async <T>(
  { clock, signal, onWait }: Patience,
  work: () => Promise<T>,
): Promise<T> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDomainError(error, 'store.unavailable')) throw error;
      onWait?.();
      await clock.after(RETRY_MS, signal);
    }
  }
};

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * The same repository, whose calls wait for a store that does not answer. Each call may reach the store twice: an answer may have been
 * lost on the way. All of its methods must answer promises.
 */
export const patient = <T extends object>(target: T, patience: Patience): T =>
  new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => retryWhileUnavailable(patience, () => (value as Method).apply(target, args));
    },
  });

/** The same log, which waits likewise; so does the writer that it opens. */
export const patientLog = (log: RunLog, patience: Patience): RunLog => {
  const retry = <T>(work: () => Promise<T>): Promise<T> => retryWhileUnavailable(patience, work);
  return {
    open: async (runId) => patient(await retry(() => log.open(runId)), patience),
    lastSeq: (runId) => retry(() => log.lastSeq(runId)),
    read: (...query) => retry(() => log.read(...query)),
    readBefore: (...query) => retry(() => log.readBefore(...query)),
    delete: (runId) => retry(() => log.delete(runId)),
    runIdsBefore: (time) => log.runIdsBefore(time),
  };
};
