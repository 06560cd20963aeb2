import { readLimits, readProcess } from './process-table.js';

/**
 * The soft limit of open files that scripts get; null: the one that they inherit. Node raises its own to the hard limit before any of our code
 * runs, so what it was is gone. It is what whoever started the server has, where that is under the same hard limit.
 */
export const openFilesOfScripts = (): number | null => {
  const own = openFilesOf(process.pid);
  const parent = openFilesOf(readProcess(process.pid)?.parent ?? 0);
  if (own === null) return null;
  if (parent?.hard === own.hard) return parent.soft < own.hard ? parent.soft : null;
  return own.hard === SYSTEMD.hard ? SYSTEMD.soft : null;
};

/** The limits of a service that names none, whose parent has its own. */
const SYSTEMD = { soft: 1024, hard: 524_288 };

const openFilesOf = (pid: number): { soft: number; hard: number } | null => {
  const [, soft, hard] = /^Max open files +(\d+) +(\d+)/m.exec(readLimits(pid)?.toString('latin1') ?? '') ?? [];
  return soft === undefined || hard === undefined ? null : { soft: Number(soft), hard: Number(hard) };
};
