import { readlinkSync } from 'node:fs';
import type { ServerProcess } from '../../../domain/run/script-run.js';
import { isAlive, readProcess } from './process-table.js';

/** This process, as it stands in what it starts; null without a Linux /proc. */
export const thisServer = (): ServerProcess | null => {
  const startTime = readProcess(process.pid)?.startTime;
  return startTime === undefined
    ? null
    : { pid: process.pid, startTime: String(startTime), namespace: readPidNamespace() };
};

/**
 * Whether the server process still lives. Null when that cannot be told: pids of another namespace mean nothing here.
 * @param server recorded since the machine was started; the caller compares boot ids
 */
export const isServerAlive = ({ pid, startTime, namespace }: ServerProcess): boolean | null => {
  if (namespace !== readPidNamespace()) return null;
  const now = readProcess(pid);
  if (now) return String(now.startTime) === startTime && isAlive(now);
  return isHidden(pid) ? null : false;
};

export const isThisServer = ({ pid, startTime }: ServerProcess): boolean =>
  pid === process.pid && startTime === thisServer()?.startTime;

/** /proc may be mounted so that it shows only one's own processes (`hidepid`). */
const isHidden = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const readPidNamespace = (): string => {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
};
