import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ProcessIdentity } from '../../../domain/run/script-run.js';

/**
 * Who the process is. A sandbox has no environment that could carry a cookie: the one here is in nobody's, so that a search by it
 * finds no stranger, as one by an empty cookie might.
 */
export const identify = (pid: number): ProcessIdentity => ({
  pid,
  startTime: startTimeOf(pid),
  bootId: BOOT_ID,
  cookie: randomBytes(16).toString('hex'),
  cgroup: null,
});

/** Field 22 of /proc/PID/stat (proc(5)); the name in field 2 may hold spaces and brackets. */
const startTimeOf = (pid: number): string | null => {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
};

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
};

const BOOT_ID = read('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
