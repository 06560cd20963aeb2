import type { Clock } from '../ports/clock.js';
import type { RunQueue } from '../ports/run-queue.js';
import type { RunEndings } from '../run-endings.js';

/** Lets the running runs end by themselves for `graceMs`, then ends them as `canceled`, `shutdown`. Queued ones stay queued. */
export type DrainRuns = (graceMs: number) => Promise<void>;

export const makeDrainRuns =
  ({ queues, endings, clock }: { queues: readonly RunQueue[]; endings: RunEndings; clock: Clock }): DrainRuns =>
  async (graceMs) => {
    const drained = new AbortController();
    const stopped = Promise.all(queues.map((queue) => queue.stop())).finally(() => drained.abort());
    await clock.after(graceMs, drained.signal).then(
      () => endings.endAll('shutdown'),
      () => undefined, // all have ended
    );
    await stopped;
  };
