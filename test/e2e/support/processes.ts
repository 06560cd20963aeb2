import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Pids of the processes that run for a run, whoever their parent is now: all inherit RUNLET_RUN_ID. A shell that waited to become the
 * script has got it since, and shows it in none but its children.
 */
export const processesOfRun = (runId: string): number[] => processesWith('environ', `RUNLET_RUN_ID=${runId}\0`);

/** Pids of the processes that have been started with this variable. */
export const processesWithVariable = (name: string, value: string): number[] =>
  processesWith('environ', `${name}=${value}\0`);

/** Pids of the processes whose command line, its arguments parted by a space, holds `text`. */
export const processesNamed = (text: string): number[] => processesWith('cmdline', text.replaceAll(' ', '\0'));

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** What the descriptors of a process lead to. One that is closed while the list is read is left out. */
export const descriptorsOf = (pid: number): string[] =>
  unlessGone([], () => readdirSync(`/proc/${pid}/fd`))
    .map((fd) => unlessGone('', () => readlinkSync(`/proc/${pid}/fd/${fd}`)))
    .filter((target) => target !== '');

/** Pids of the processes whose parent is this one, zombies included. */
export const childrenOf = (pid: number): number[] => processesWith('status', `\nPPid:\t${pid}\n`);

/** The command lines of the processes that this one has started and that have not ended. */
export const commandsOfChildren = (pid: number): string[] =>
  childrenOf(pid)
    .map((child) => read(`/proc/${child}/cmdline`).replaceAll('\0', ' ').trim())
    .filter((command) => command !== '');

/** Pids of the children of this one that have ended and that nobody has waited for. */
export const zombiesOf = (pid: number): number[] =>
  childrenOf(pid).filter((child) => read(`/proc/${child}/status`).includes('\nState:\tZ'));

export const parentOf = (pid: number): number => Number(/^PPid:\t(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1]);

/** Zombies have neither environment nor command line. */
const processesWith = (file: 'environ' | 'cmdline' | 'status', text: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/${file}`).includes(text))
    .map(Number);

const read = (file: string): string => unlessGone('', () => readFileSync(file, 'utf8'));

/** What `read` answers; `otherwise` where the process or the descriptor is gone meanwhile, or another user's. */
const unlessGone = <T>(otherwise: T, read: () => T): T => {
  try {
    return read();
  } catch {
    return otherwise;
  }
};
