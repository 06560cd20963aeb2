import { performance } from 'node:perf_hooks';
import type { RunLogWriter } from '../../application/ports/run-log.js';
import type { Store } from '../../application/ports/store.js';
import type { Exposition } from './exposition.js';

/** s; SQLite answers within the first, MongoDB within the next. */
const LATENCIES = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The store, with the time that each of its operations takes. What it answers, and in which turn of the event loop, is left as it is. */
export const timeStore = (exposition: Exposition, store: Store): Store => {
  const latency = exposition.histogram(
    'runlet_store_duration_seconds',
    'How long operations of the store took, failed ones included.',
    LATENCIES,
  );
  const errors = exposition.counter('runlet_store_errors_total', 'Operations of the store that failed.');
  const note: Note = (operation, startedAt, failed) => {
    latency.observe((performance.now() - startedAt) / 1000, { operation });
    if (failed) errors.add(1, { operation });
  };
  return {
    kind: store.kind,
    scripts: timed(store.scripts, 'scripts', note),
    revisions: timed(store.revisions, 'revisions', note),
    sealedValues: timed(store.sealedValues, 'sealedValues', note),
    runs: timed(store.runs, 'runs', note),
    keyedStarts: timed(store.keyedStarts, 'keyedStarts', note),
    audit: timed(store.audit, 'audit', note),
    // The writer that `open` gives is timed as well.
    runLog: timed(store.runLog, 'runLog', note, { open: (writer) => timed(writer as RunLogWriter, 'runLog', note) }),
    ping: () => store.ping(),
    reclaim: () => store.reclaim(),
    close: () => store.close(),
  };
};

type Note = (operation: string, startedAt: number, failed: boolean) => void;
type Method = (...args: unknown[]) => unknown;
/** What becomes of the answers of some methods. */
type Adapt = Readonly<Record<string, (answer: unknown) => unknown>>;

const timed = <T extends object>(target: T, name: string, note: Note, adapt: Adapt = {}): T => {
  const wrapped = new WeakMap<object, Method>();
  return new Proxy(target, {
    get(_, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function' || typeof property === 'symbol') return value;
      let method = wrapped.get(value);
      if (!method) {
        method = timedMethod(target, value as Method, `${name}.${property}`, note, adapt[property]);
        wrapped.set(value, method);
      }
      return method;
    },
  });
};

const timedMethod =
  (target: object, method: Method, operation: string, note: Note, adapt?: Adapt[string]): Method =>
  (...args) => {
    const startedAt = performance.now();
    const result = method.apply(target, args);
    if (!isPromise(result)) return result;
    result.then(
      () => note(operation, startedAt, false),
      () => note(operation, startedAt, true),
    );
    return adapt ? result.then(adapt) : result;
  };

const isPromise = (result: unknown): result is Promise<unknown> =>
  typeof result === 'object' && result !== null && 'then' in result;
