import { Exposition } from '../adapters/metrics/exposition.js';
import { measureProcess } from '../adapters/metrics/process-metrics.js';
import { countOutput, measureRuns } from '../adapters/metrics/run-metrics.js';
import { timeStore } from '../adapters/metrics/timed-store.js';
import type { Clock } from '../application/ports/clock.js';
import type { EventBus } from '../application/ports/event-bus.js';
import type { RunQueue } from '../application/ports/run-queue.js';
import type { ScriptRunner } from '../application/ports/script-runner.js';
import type { Store } from '../application/ports/store.js';

interface Measured {
  readonly store: Store;
  readonly bus: EventBus;
  readonly queue: RunQueue;
  readonly clock: Clock;
  readonly viewers: () => number;
  readonly version: string;
}

export interface Measures {
  /** The same store, its operations timed. */
  readonly store: Store;
  /** The same runner, what its scripts print counted. */
  counted(runner: ScriptRunner): ScriptRunner;
  /** In Prometheus' text format. */
  text(): string;
  stop(): void;
}

/** All that is measured, by decorating and by listening: nothing that is measured knows of it. */
export const makeMeasures = ({ store, bus, queue, clock, viewers, version }: Measured): Measures => {
  const exposition = new Exposition();
  const stop = measureProcess(exposition, { version, node: process.version, store: store.kind });
  measureRuns(exposition, bus, queue, clock);
  exposition.gauge('runlet_viewers', 'Live streams that are open now.', viewers);
  return {
    store: timeStore(exposition, store),
    counted: countOutput(exposition),
    text: () => exposition.text(),
    stop,
  };
};
