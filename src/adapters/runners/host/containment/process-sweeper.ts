import type { ProcessSweeper } from '../../../../application/ports/process-sweeper.js';
import type { ProcessIdentity } from '../../../../domain/run/script-run.js';
import { RunCgroup } from './cgroup.js';
import { cookieOf } from './run-markers.js';
import { readBootId } from '../../process/process-table.js';
import { isServerAlive, isThisServer } from '../../process/server-process.js';
import { endProcesses } from './end-processes.js';
import { makeRunProcesses } from './run-processes.js';

/** No process has pid 0 or is older than the machine's start, so only the markers identify it. */
const unrecorded = (bootId: string | null, token: string): ProcessIdentity => ({
  pid: 0,
  startTime: '0',
  bootId,
  cookie: cookieOf(token),
  cgroup: null,
});

const NOTHING = { leftovers: [], signalled: null };

/** Whether the server that started the processes lives, or may live: then they are its own. This process may end what it has started itself. */
const mayBeAnothers = ({ server }: ProcessIdentity): boolean =>
  server !== undefined && !isThisServer(server) && isServerAlive(server) !== false;

/**
 * Knows a run's processes by start time, cookie and cgroup. An identity of another start of the machine, or from a machine
 * where processes have no start time to be known by, is left alone: whoever has its pid now may be a stranger. So is one whose server lives.
 */
export const makeProcessSweeper = ({ killGraceMs }: { killGraceMs: number }): ProcessSweeper => {
  const bootId = readBootId();
  return {
    sweep: async (process, token) => {
      const identity = process ?? (token === null ? null : unrecorded(bootId, token));
      if (bootId === null || identity?.bootId !== bootId || mayBeAnothers(identity)) return NOTHING;
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
