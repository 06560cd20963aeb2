import type { ProcessSweeper } from '../../../application/ports/process-sweeper.js';
import { RunCgroup } from './cgroup.js';
import { readBootId } from './process-table.js';
import { endProcesses } from './process-tree.js';
import { makeRunProcesses } from './run-processes.js';

/**
 * Knows a run's processes by start time, cookie and cgroup. An identity of another start of the machine, or from a machine
 * where processes have no start time to be known by, is left alone: whoever has its pid now may be a stranger.
 */
export const makeProcessSweeper = ({ killGraceMs }: { killGraceMs: number }): ProcessSweeper => {
  const bootId = readBootId();
  return {
    sweep: async (identity) => {
      if (bootId === null || identity.bootId !== bootId) return { leftovers: [], signalled: null };
      const processes = makeRunProcesses(identity, { startedHere: false, pipes: () => [] });
      const cgroup = identity.cgroup === null ? null : new RunCgroup(identity.cgroup);
      const { found, signalled } = await endProcesses({
        find: () => processes.find(),
        group: null,
        cgroup,
        graceMs: killGraceMs,
      });
      await cgroup?.dissolve();
      return { leftovers: found, signalled };
    },
  };
};
