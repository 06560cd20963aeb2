import type { Clock } from '../ports/clock.js';
import type { RunQueue } from '../ports/run-queue.js';
import type { RunEndings } from '../run-endings.js';
import type { RunEnds } from '../run-ends.js';

/**
 * Lets the running runs end by themselves for `graceMs`, then ends them as `canceled`, `shutdown`; resolves when their ends are stored.
 * Queued ones stay queued.
 */
export type DrainRuns = (graceMs: number) => Promise<void>;

interface Needs {
  queues: readonly RunQueue[];
  endings: RunEndings;
  ends: RunEnds;
  clock: Clock;
}

export const makeDrainRuns =
  ({ queues, endings, ends, clock }: Needs): DrainRuns =>
  async (graceMs) => {
    const drained = new AbortController();
    const stopped = Promise.all(queues.map((queue) => queue.stop())).finally(() => drained.abort());
    await clock.after(graceMs, drained.signal).then(
      () => endings.endAll('shutdown'),
      () => undefined, // all have ended
    );
    await stopped;
    await ends.settled();
  };
