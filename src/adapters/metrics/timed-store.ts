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
  const notes = new Map<string, Note>();
  const watch: Watch = (operation) => {
    let note = notes.get(operation);
    if (!note) {
      const observe = latency.observer({ operation });
      note = (startedAt, failed) => {
        observe((performance.now() - startedAt) / 1000);
        if (failed) errors.add(1, { operation });
      };
      notes.set(operation, note);
    }
    return note;
  };
  return {
    kind: store.kind,
    scripts: timed(store.scripts, 'scripts', watch),
    revisions: timed(store.revisions, 'revisions', watch),
    sealedValues: timed(store.sealedValues, 'sealedValues', watch),
    runs: timed(store.runs, 'runs', watch),
    keyedStarts: timed(store.keyedStarts, 'keyedStarts', watch),
    audit: timed(store.audit, 'audit', watch),
    // The writer that `open` gives is timed as well.
    runLog: timed(store.runLog, 'runLog', watch, { open: (writer) => timed(writer as RunLogWriter, 'runLog', watch) }),
    ping: () => store.ping(),
    mend: () => store.mend(),
    examine: () => store.examine(),
    reclaim: () => store.reclaim(),
    close: () => store.close(),
  };
};

type Note = (startedAt: number, failed: boolean) => void;
type Watch = (operation: string) => Note;
type Method = (...args: unknown[]) => unknown;
/** What becomes of the answers of some methods. */
type Adapt = Readonly<Record<string, (answer: unknown) => unknown>>;

const timed = <T extends object>(target: T, name: string, watch: Watch, adapt: Adapt = {}): T => {
  const wrapped = new WeakMap<object, Method>();
  return new Proxy(target, {
    get(_, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function' || typeof property === 'symbol') return value;
      let method = wrapped.get(value);
      if (!method) {
        method = timedMethod(target, value as Method, watch(`${name}.${property}`), adapt[property]);
        wrapped.set(value, method);
      }
      return method;
    },
  });
};

const timedMethod =
  (target: object, method: Method, note: Note, adapt?: Adapt[string]): Method =>
  (...args) => {
    const startedAt = performance.now();
    const result = method.apply(target, args);
    if (isIterable(result)) return timedBatches(result, note);
    if (!isPromise(result)) return result;
    result.then(
      () => note(startedAt, false),
      () => note(startedAt, true),
    );
    return adapt ? result.then(adapt) : result;
  };

/** What is answered in batches counts once for each. No generator: it would hold on to the batch that it has handed over. */
const timedBatches = (batches: AsyncIterable<unknown>, note: Note): AsyncIterable<unknown> => ({
  [Symbol.asyncIterator]: () => {
    const iterator = batches[Symbol.asyncIterator]();
    return {
      next: async () => {
        const startedAt = performance.now();
        try {
          const next = await iterator.next();
          note(startedAt, false);
          return next;
        } catch (error) {
          note(startedAt, true);
          throw error;
        }
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    };
  },
});

const isIterable = (result: unknown): result is AsyncIterable<unknown> =>
  typeof result === 'object' && result !== null && Symbol.asyncIterator in result;

const isPromise = (result: unknown): result is Promise<unknown> =>
  typeof result === 'object' && result !== null && 'then' in result;
