import { readdirSync, readFileSync } from 'node:fs';

const MB = 1e6;

/** Resident memory in MB. */
export const residentMb = (pid) => readKb(pid, 'VmRSS') * (1024 / MB);
/** The most that was resident since the process was started, in MB. */
export const peakMb = (pid) => readKb(pid, 'VmHWM') * (1024 / MB);

/** Resident memory of each child, grandchild … in MB. */
export const descendantsMb = (pid) => childrenOf(pid).flatMap((child) => [residentMb(child), ...descendantsMb(child)]);

const readKb = (pid, field) => {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!match) throw new Error(`process ${pid} has ended`);
  return Number(match[1]);
};

const childrenOf = (pid) =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
