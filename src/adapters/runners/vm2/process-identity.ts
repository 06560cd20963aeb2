import { randomBytes } from 'node:crypto';
import type { ProcessIdentity } from '../../../domain/run/script-run.js';
import { readBootId, readProcess } from '../process/process-table.js';
import { thisServer } from '../process/server-process.js';

/**
 * Who the process is. A sandbox has no environment that could carry a cookie: the one here is in nobody's, so that a search by it
 * finds no stranger, as one by an empty cookie might.
 */
export const identify = (pid: number): ProcessIdentity => ({
  pid,
  startTime: readProcess(pid)?.startTime.toString() ?? null,
  bootId: BOOT_ID,
  cookie: randomBytes(16).toString('hex'),
  cgroup: null,
  ...(SERVER && { server: SERVER }),
});

const BOOT_ID = readBootId();
const SERVER = thisServer();
