import type { Clock } from './ports/clock.js';

/**
 * Calls `work` after `firstMs` and then each time `pauseMs` after it has ended, until `signal` is aborted; resolves when the call under way
 * has ended too. What `work` throws goes to `failed`.
 */
export const repeatedly = async (
  clock: Clock,
  signal: AbortSignal,
  { firstMs, pauseMs }: { firstMs: number; pauseMs: number },
  work: () => Promise<void>,
  failed: (error: unknown) => void,
): Promise<void> => {
  for (let ms = firstMs; ; ms = pauseMs) {
    try {
      await clock.after(ms, signal);
    } catch {
      return;
    }
    await work().catch(failed);
  }
};
