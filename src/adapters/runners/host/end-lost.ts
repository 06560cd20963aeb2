import type { RunJob } from '../../../application/ports/script-runner.js';
import { readBootId } from '../process/process-table.js';
import type { Containments } from './containment/containment.js';
import { cookieOf } from './containment/run-markers.js';

/** Ends what may have been started for a run whose process nobody can name, by its markers. */
export const endLost = async (containments: Containments, { token }: RunJob, graceMs: number): Promise<void> => {
  const bootId = readBootId();
  const lost = containments.recover({ pid: 0, startTime: '0', bootId, cookie: cookieOf(token), cgroup: null });
  await lost?.end({ ms: graceMs });
  await lost?.dissolve();
};
