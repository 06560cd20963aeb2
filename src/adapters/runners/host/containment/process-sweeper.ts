import type { ProcessSweeper } from '../../../../application/ports/process-sweeper.js';
import type { Leftover, ProcessIdentity } from '../../../../domain/run/script-run.js';
import { isAlive, isStillAlive, readBootId, readProcess } from '../../process/process-table.js';
import type { Containments, KnownProcess } from './containment.js';
import { cookieOf } from './run-markers.js';

/** Ends what is left of runs whose server is gone, or whose script has ended by itself. */
export const makeProcessSweeper = (containments: Containments, killGraceMs: number): ProcessSweeper => ({
  sweep: async (process, token) => {
    const identity = identityOf(process, token);
    const containment = identity && containments.recover(identity);
    if (!containment) return { leftovers: [], signalled: null };
    const { found, signalled } = await containment.end({ ms: killGraceMs });
    await containment.dissolve();
    return { leftovers: found, signalled };
  },
  reach: async (process, token, leftovers) => {
    const identity = identityOf(process, token);
    if (!identity) return 'out-of-reach';
    if (identity.bootId !== null && identity.bootId !== readBootId()) return 'machine-restarted';
    const containment = containments.recover(identity, leftovers.flatMap(known));
    if (!containment) return 'out-of-reach';
    return {
      end: async () => {
        await containment.end({ ms: killGraceMs });
        await containment.dissolve();
        return leftovers.filter((leftover) => !mayLive(leftover)).map(({ pid }) => pid);
      },
    };
  },
});

const identityOf = (process: ProcessIdentity | null, token: string | null): ProcessIdentity | null =>
  process ?? (token === null ? null : unrecorded(token));

/** No process has pid 0 or is older than the machine's start, so only the markers identify it. */
const unrecorded = (token: string): ProcessIdentity => ({
  pid: 0,
  startTime: '0',
  bootId: readBootId(),
  cookie: cookieOf(token),
  cgroup: null,
});

const known = ({ pid, startTime }: Leftover): KnownProcess[] =>
  startTime === undefined ? [] : [{ pid, startTime: Number(startTime) }];

/** One without a start time may be any process of that pid. */
const mayLive = ({ pid, startTime }: Leftover): boolean => {
  if (startTime !== undefined) return isStillAlive({ pid, startTime: Number(startTime) });
  const now = readProcess(pid);
  return now !== null && isAlive(now);
};
