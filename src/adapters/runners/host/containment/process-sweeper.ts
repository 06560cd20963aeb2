import type { ProcessSweeper } from '../../../../application/ports/process-sweeper.js';
import type { ProcessIdentity } from '../../../../domain/run/script-run.js';
import { readBootId } from '../../process/process-table.js';
import type { Containments } from './containment.js';
import { cookieOf } from './run-markers.js';

/** Ends what is left of runs whose server is gone. */
export const makeProcessSweeper = (containments: Containments, killGraceMs: number): ProcessSweeper => ({
  sweep: async (process, token) => {
    const identity = process ?? (token === null ? null : unrecorded(token));
    const containment = identity && containments.recover(identity);
    if (!containment) return { leftovers: [], signalled: null };
    const { found, signalled } = await containment.end({ ms: killGraceMs });
    await containment.dissolve();
    return { leftovers: found, signalled };
  },
});

/** No process has pid 0 or is older than the machine's start, so only the markers identify it. */
const unrecorded = (token: string): ProcessIdentity => ({
  pid: 0,
  startTime: '0',
  bootId: readBootId(),
  cookie: cookieOf(token),
  cgroup: null,
});
