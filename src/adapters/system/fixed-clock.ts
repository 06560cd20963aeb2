import type { Clock } from '../../application/ports/clock.js';

/** A clock that stands still until a test moves it. */
export interface FixedClock extends Clock {
  /** Moves on by `ms`; what was waiting for a moment on the way goes on, in order. */
  advance(ms: number): Promise<void>;
  /** Sets the time of day, also back, as an operator or NTP does. No time passes. */
  set(now: Date | string): void;
}

export const fixedClock = (start: Date | string = '2026-01-01T00:00:00.000Z'): FixedClock => {
  let elapsed = 0;
  /** What the time of day is ahead of `elapsed`. */
  let offset = new Date(start).getTime();
  let waiting: { at: number; resolve: () => void }[] = [];

  return {
    now: () => new Date(offset + elapsed),
    monotonic: () => elapsed,
    after: (ms, signal) =>
      new Promise((resolve, reject) => {
        const entry = {
          at: elapsed + ms,
          resolve: () => {
            signal?.removeEventListener('abort', stop);
            resolve();
          },
        };
        const stop = (): void => {
          waiting = waiting.filter((other) => other !== entry);
          reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
        };
        if (signal?.aborted) stop();
        else {
          waiting.push(entry);
          signal?.addEventListener('abort', stop, { once: true });
        }
      }),
    async advance(ms) {
      const end = elapsed + ms;
      for (;;) {
        const [next] = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        waiting = waiting.filter((entry) => entry !== next);
        elapsed = Math.max(elapsed, next.at);
        next.resolve();
        await new Promise((resolve) => setImmediate(resolve)); // let what it woke set its next timer
      }
      elapsed = end;
    },
    set(now) {
      offset = new Date(now).getTime() - elapsed;
    },
  };
};
