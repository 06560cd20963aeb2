import { isDomainError } from '../domain/errors.js';
import type { Clock } from './ports/clock.js';

const RETRY_MS = 500;

/**
 * Tries `work` again while the store does not answer; rejects with the signal's reason when it is aborted first.
 * @param waiting called each time before it waits.
 */
export const untilStoreAnswers = async <T>(
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<T>,
  waiting: () => void = () => undefined,
): Promise<T> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDomainError(error, 'store.unavailable')) throw error;
      waiting();
      await clock.after(RETRY_MS, signal);
    }
  }
};
