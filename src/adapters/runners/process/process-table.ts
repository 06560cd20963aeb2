import { closeSync, openSync, readFileSync, readSync, readdirSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A process as /proc/PID/stat shows it. `pid` and `startTime` together name it for as long as the machine is up. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
  /** One letter: R, S, D, T … Z has ended and waits for its parent. */
  readonly state: string;
  /** At most 15 characters of the program's name. Not its arguments: people put secrets there. */
  readonly command: string;
}

/** Tells one start of the machine from another; null where there is no Linux /proc. */
export const readBootId = (): string | null => readProc('sys/kernel/random/boot_id')?.toString().trim() ?? null;

/** Null when there is no such process (any more). */
export const readProcess = (pid: number): ProcessInfo | null => {
  const stat = readStat(pid);
  if (stat === null) return null;
  const nameEnd = stat.lastIndexOf(')'); // the name itself may hold any character
  const fields = stat.slice(nameEnd + 2).split(' ');
  const field = (number: number): string => fields[number - 3] ?? ''; // numbered as in proc(5)
  return {
    pid,
    parent: Number(field(4)),
    group: Number(field(5)),
    session: Number(field(6)),
    startTime: Number(field(22)),
    state: field(3),
    command: Buffer.from(stat.slice(stat.indexOf('(') + 1, nameEnd), 'latin1')
      .toString()
      .replace(/\p{Cc}/gu, '?'),
  };
};

/** How a process has ended that nobody has waited for; null while it runs. Nulls in it where that cannot be told any more. */
export const readExitStatus = (
  pid: number,
  startTime: number,
): { exitCode: number | null; signal: string | null } | null => {
  const stat = readStat(pid);
  const info = readProcess(pid);
  if (stat === null || info?.startTime !== startTime) return { exitCode: null, signal: null };
  if (info.state !== 'Z') return null;
  const status = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[EXIT_CODE_FIELD - 3]);
  const number = status & 0x7f;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
  return signal === null ? { exitCode: status >> 8, signal } : { exitCode: null, signal };
};

const EXIT_CODE_FIELD = 52;

/** In one read, which is all that such a file takes: of all there is here, this is done most often. */
const readStat = (pid: number): string | null => {
  try {
    const fd = openSync(`/proc/${pid}/stat`, 'r');
    try {
      return stat.toString('latin1', 0, readSync(fd, stat));
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
};

const stat = Buffer.allocUnsafe(4096);

/** The number that was given last: they go up, and begin anew at the top. */
export const lastPid = (): number => Number(readProc('loadavg')?.toString().trim().split(' ').at(-1) ?? 0);

const NONE: ReadonlySet<number> = new Set();

/**
 * All processes with numbers from `from` on but those of `without`, ended ones that nobody has waited for too, of the machine or of `among`.
 * Lets the event loop turn on a machine with many.
 */
export const listProcesses = async (
  from = 1,
  without: ReadonlySet<number> = NONE,
  among: readonly (string | number)[] = readdirSync('/proc'),
): Promise<ProcessInfo[]> => {
  const processes: ProcessInfo[] = [];
  let read = 0;
  for (const name of among) {
    const pid = Number(name);
    if (!(pid >= from) || without.has(pid)) continue; // or no number at all
    const info = readProcess(pid);
    if (info) processes.push(info);
    if (++read % 100 === 0) await nextTurn();
  }
  return processes;
};

export const isAlive = ({ state }: ProcessInfo): boolean => state !== 'Z' && state !== 'X';

/** Whether the same process still lives, not another that got its number. */
export const isStillAlive = ({ pid, startTime }: Pick<ProcessInfo, 'pid' | 'startTime'>): boolean => {
  const now = readProcess(pid);
  return now?.startTime === startTime && isAlive(now);
};

/** Empty while a process is between two programs; null when it is gone or may not be looked at. */
export const readEnvironment = (pid: number): Buffer | null => readProc(`${pid}/environ`);

/** Its limits as a table; anybody may read it. Null when the process is gone. */
export const readLimits = (pid: number): Buffer | null => readProc(`${pid}/limits`);

/** In ns; null when the process is gone or may not be looked at. */
export const readTimerSlack = (pid: number): string | null =>
  readProc(`${pid}/timerslack_ns`)?.toString().trim() ?? null;

/** What the process has open, as names. Reading a name touches no file, so that a dead network disk cannot hold us up. */
export const listOpenFiles = (pid: number): string[] => {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => nameOf(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
};

/** Whether the process has a file of this name, removed or not, as descriptor `fd`. */
export const hasOpen = (pid: number, fd: number, path: string): boolean =>
  nameOf(`/proc/${pid}/fd/${fd}`).replace(/ \(deleted\)$/, '') === path;

const nameOf = (link: string): string => {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
};

const readProc = (path: string): Buffer | null => {
  try {
    return readFileSync(`/proc/${path}`);
  } catch {
    return null;
  }
};
