import { DomainError } from '../domain/errors.js';
import { endangersChanges, endangersRuns, type Problem } from '../domain/service/problem.js';
import type { Store } from './ports/store.js';
import type { Problems } from './problems.js';

/**
 * The same store, which takes on nothing new while a problem stands that it would be lost by: no change of a script, no run, and none that
 * waits begins. They are refused as `store.unavailable`, with the problem's own sentence. What runs goes on, and reading.
 */
export const refuseWhileLost = (store: Store, problems: Pick<Problems, 'list'>): Store => {
  const refuseIf = (endangers: (problem: Problem) => boolean) => (): DomainError | null => {
    const problem = problems.list().find(endangers);
    return problem ? new DomainError('store.unavailable', problem.message) : null;
  };
  const scripts = refusing(store.scripts, ['insert', 'update', 'delete'], refuseIf(endangersChanges));
  const runs = refusing(store.runs, ['insert', 'claim'], refuseIf(endangersRuns));
  return new Proxy(store, {
    get: (target, name) =>
      name === 'scripts' ? scripts : name === 'runs' ? runs : (Reflect.get(target, name, target) as unknown),
  });
};

type Method = (...args: unknown[]) => unknown;

const refusing = <T extends object>(target: T, methods: readonly (keyof T)[], refusal: () => DomainError | null): T =>
  new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as Method;
      if (!methods.includes(name as keyof T)) return method;
      return async (...args: unknown[]) => {
        const refused = refusal();
        if (refused) throw refused;
        return method(...args);
      };
    },
  });
