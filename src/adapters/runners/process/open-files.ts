import { readLimits, readProcess } from './process-table.js';

/**
 * The soft limit of open files that scripts get; null: the one that they inherit. Node raises its own soft limit to the hard limit before any of
 * our code runs. What it was before is that of the nearest ancestor with a lower one, under the same hard limit: npm is Node too.
 */
export const openFilesOfScripts = (): number | null => {
  const own = openFilesOf(process.pid);
  if (own === null) return null;
  const parent = parentOf(process.pid);
  if (openFilesOf(parent)?.hard !== own.hard) return own.hard === SYSTEMD.hard ? SYSTEMD.soft : null;
  for (let pid = parent; pid > 0; pid = parentOf(pid)) {
    const limits = openFilesOf(pid);
    if (limits?.hard !== own.hard) return null;
    if (limits.soft < own.hard) return limits.soft;
  }
  return null;
};

const parentOf = (pid: number): number => readProcess(pid)?.parent ?? 0;

/** The limits of a service that names none, whose parent has its own. */
const SYSTEMD = { soft: 1024, hard: 524_288 };

const openFilesOf = (pid: number): { soft: number; hard: number } | null => {
  const [, soft, hard] = /^Max open files +(\d+) +(\d+)/m.exec(readLimits(pid)?.toString('latin1') ?? '') ?? [];
  return soft === undefined || hard === undefined ? null : { soft: Number(soft), hard: Number(hard) };
};
