import type { RunSummary } from '../../domain/run/script-run.js';
import type { EventBus } from '../ports/event-bus.js';

/** Runs whose status changes from now on, until `signal` is aborted. A slow reader gets the latest state of each run. */
export type WatchRuns = (signal: AbortSignal) => AsyncIterable<readonly RunSummary[]>;

/** A reader that is this far behind gets the latest changes only; lists are read again on a new connection. */
const MAX_CHANGED = 1000;

interface Needs {
  bus: EventBus;
  /** Resolves when what goes on now is done: a run that starts at once is queued and running in one turn, which is one batch. */
  nextTurn: () => Promise<unknown>;
}

export const makeWatchRuns = ({ bus, nextTurn }: Needs): WatchRuns =>
  async function* (signal) {
    let changes: RunSummary[] = [];
    let wake: (() => void) | null = null;
    const unsubscribe = bus.subscribeRuns((run) => {
      changes.push(run);
      if (changes.length > 2 * MAX_CHANGED) changes = latestOf(changes);
      wake?.();
    });
    const stop = (): void => wake?.();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        if (changes.length > 0) {
          await nextTurn();
          const batch = changes.length > MAX_CHANGED ? latestOf(changes) : changes;
          changes = [];
          yield batch;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', stop);
      unsubscribe();
    }
  };

/** Of each run its last change, in the order of these, and no more than a reader gets. */
const latestOf = (changes: readonly RunSummary[]): RunSummary[] => {
  const latest = new Map<string, RunSummary>();
  for (const run of changes) {
    latest.delete(run.id);
    latest.set(run.id, run);
  }
  return [...latest.values()].slice(-MAX_CHANGED);
};
