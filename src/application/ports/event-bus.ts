import type { EncodedEvent } from '../../domain/run/run-event.js';
import type { RunSummary } from '../../domain/run/script-run.js';

/** Tells who listens now. It keeps nothing: what must not be missed is read from the log. Listeners are called at once and must not throw. */
export interface EventBus {
  publish(runId: string, events: readonly EncodedEvent[]): void;
  /** @returns the call that ends the subscription. */
  subscribe(runId: string, listener: (events: readonly EncodedEvent[]) => void): () => void;
  /** Tells that a run's status changed. */
  publishRun(run: RunSummary): void;
  subscribeRuns(listener: (run: RunSummary) => void): () => void;
}
