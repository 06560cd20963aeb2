import type { RunSummary } from '../../domain/run/script-run.js';
import type { EventBus } from '../ports/event-bus.js';

/** Runs whose status changes from now on, until `signal` is aborted. A slow reader gets the latest state of each run. */
export type WatchRuns = (signal: AbortSignal) => AsyncIterable<readonly RunSummary[]>;

/** A reader that is this far behind gets the latest changes only; lists are read again on a new connection. */
const MAX_CHANGED = 1000;

export const makeWatchRuns = ({ bus }: { bus: EventBus }): WatchRuns =>
  async function* (signal) {
    const changed = new Map<string, RunSummary>();
    let wake: (() => void) | null = null;
    const unsubscribe = bus.subscribeRuns((run) => {
      changed.delete(run.id); // so that order is that of the last change
      changed.set(run.id, run);
      const oldest = changed.size > MAX_CHANGED ? changed.keys().next() : { done: true as const, value: undefined };
      if (!oldest.done) changed.delete(oldest.value);
      wake?.();
    });
    const stop = (): void => wake?.();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        if (changed.size > 0) {
          const batch = [...changed.values()];
          changed.clear();
          yield batch;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', stop);
      unsubscribe();
    }
  };
