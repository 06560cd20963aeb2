import type { ProcessInfo } from '../../process/process-table.js';

/**
 * The pids of those that descend from any of `ancestors`, without these.
 * @param cut processes that are left out, and those that descend from them alone
 */
export const descendantsOf = (
  ancestors: Iterable<number>,
  among: readonly ProcessInfo[],
  cut: (candidate: ProcessInfo) => boolean = () => false,
): ReadonlySet<number> => {
  const family = new Set(ancestors);
  const descendants = new Set<number>();
  for (let before = -1; before !== descendants.size;) {
    before = descendants.size;
    for (const candidate of among) {
      const { pid, parent } = candidate;
      if (!family.has(parent) || family.has(pid) || cut(candidate)) continue;
      family.add(pid);
      descendants.add(pid);
    }
  }
  return descendants;
};
