import type { EventBus } from '../../../application/ports/event-bus.js';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
import type { RunSummary } from '../../../domain/run/script-run.js';

type Listener = (events: readonly EncodedEvent[]) => void;

/** Reaches those who listen in this process. */
export class MemoryEventBus implements EventBus {
  readonly #ofRun = new Map<string, Set<Listener>>();
  readonly #ofRuns = new Set<(run: RunSummary) => void>();

  /** How many listen now, for tests and metrics. */
  get subscriptions(): number {
    let count = this.#ofRuns.size;
    for (const listeners of this.#ofRun.values()) count += listeners.size;
    return count;
  }

  publish(runId: string, events: readonly EncodedEvent[]): void {
    for (const listener of this.#ofRun.get(runId) ?? []) listener(events);
  }

  subscribe(runId: string, listener: Listener): () => void {
    const listeners = this.#ofRun.get(runId) ?? new Set();
    this.#ofRun.set(runId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#ofRun.get(runId) === listeners) this.#ofRun.delete(runId);
    };
  }

  publishRun(run: RunSummary): void {
    for (const listener of this.#ofRuns) listener(run);
  }

  subscribeRuns(listener: (run: RunSummary) => void): () => void {
    this.#ofRuns.add(listener);
    return () => void this.#ofRuns.delete(listener);
  }
}
