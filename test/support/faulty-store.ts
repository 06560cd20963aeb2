import type { RunLogWriter } from '../../src/application/ports/run-log.js';
import type { Store } from '../../src/application/ports/store.js';

/** Called before the operation and after it is done: what it throws, the operation throws. */
type Fault = (moment: 'before' | 'after') => void;

/** `runs.claim`, `writer.append` … */
export type Operation = string;

export interface FaultyStore extends Store {
  /** From now on the operation fails as `fault` says, until it is restored. */
  break(operation: Operation, fault: Fault): void;
  restore(operation: Operation): void;
  /** How often it was called since it was broken. */
  calls(operation: Operation): number;
}

const PARTS = ['scripts', 'revisions', 'sealedValues', 'runs', 'keyedStarts', 'audit', 'runLog'] as const;

/** A store that keeps everything `store` does, but whose operations can be made to fail. */
export const faultyStore = (store: Store): FaultyStore => {
  const faults = new Map<Operation, { fault: Fault; calls: number }>();
  const faulty = <T extends object>(target: T, name: string): T =>
    new Proxy(target, {
      get(_, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function' || typeof property === 'symbol') return value;
        if (property === 'runIdsBefore') return value.bind(target) as unknown;
        return async (...args: unknown[]) => {
          const broken = faults.get(`${name}.${property}`);
          if (broken) {
            broken.calls++;
            broken.fault('before');
          }
          const answer: unknown = await (value as (...given: unknown[]) => unknown).apply(target, args);
          broken?.fault('after');
          return property === 'open' ? faulty(answer as RunLogWriter, 'writer') : answer;
        };
      },
    });
  return {
    ...store,
    ...(Object.fromEntries(PARTS.map((name) => [name, faulty(store[name], name)])) as Pick<
      Store,
      (typeof PARTS)[number]
    >),
    break: (operation, fault) => void faults.set(operation, { fault, calls: 0 }),
    restore: (operation) => void faults.delete(operation),
    calls: (operation) => faults.get(operation)?.calls ?? 0,
  };
};

/** Fails each time. */
export const always =
  (error: Error): Fault =>
  () => {
    throw error;
  };

/** Fails the first time. */
export const once = (error: Error): Fault => {
  let isLeft = true;
  return () => {
    if (!isLeft) return;
    isLeft = false;
    throw error;
  };
};

/** Is done the first time, and fails all the same: the answer was lost. */
export const answerLost = (error: Error): Fault => {
  let isLeft = true;
  return (moment) => {
    if (!isLeft || moment === 'before') return;
    isLeft = false;
    throw error;
  };
};
