import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  write,
} from 'node:fs';
import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/**
 * The folder of the cgroup v2 this server is in, if it may make others below it: /sys/fs/cgroup/… where v2 is alone,
 * /sys/fs/cgroup/unified/… where it stands beside v1. Null without.
 */
export const findOwnCgroup = (): string | null => {
  try {
    const own = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    const mount = cgroup2Mount(readFileSync('/proc/self/mountinfo', 'utf8'));
    if (own === undefined || mount === null || !`${own}/`.startsWith(`${mount.root}/`)) return null;
    const folder = join(mount.point, own.slice(mount.root.length));
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    return canHoldProcesses(folder) ? folder : null;
  } catch {
    return null;
  }
};

/** Removes the cgroups of runs below `parent` in which nothing runs: a killed server had no time to. */
export const removeAbandonedCgroups = async (parent: string): Promise<void> => {
  const names = await readdir(parent).catch(() => []);
  const runs = names.filter((name) => name.startsWith(PREFIX));
  await Promise.all(runs.map((name) => attempt(() => rmdir(join(parent, name)))));
};

const PREFIX = 'runlet-';

/**
 * The cgroup of one run. Changes wait for the kernel elsewhere than in the event loop: moving a process takes 5–15 ms (an RCU
 * grace period), and holds up every other change of cgroups. Nothing here throws: a cgroup makes ending surer and is not needed for it.
 */
export class RunCgroup {
  readonly path: string;
  #entered: Promise<void> = Promise.resolve();
  /** `known` only by its path: another server may have made it. */
  #state: 'known' | 'planned' | 'made' | 'entered' = 'known';
  #stopWaiting: (enter: boolean) => void = () => undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** @param name of its own, in letters and digits */
  static named(parent: string, name: string): RunCgroup {
    return new RunCgroup(join(parent, `${PREFIX}${name}`));
  }

  /**
   * Makes it and moves the process in, with all that the process starts from then on.
   * @param afterMs before that; a cgroup that is dissolved meanwhile is never made
   */
  enter(pid: number, afterMs = 0): Promise<void> {
    this.#state = 'planned';
    return (this.#entered = attempt(async () => {
      if (afterMs > 0 && !(await this.#wait(afterMs))) return;
      this.#state = 'made';
      // Still empty, it may be taken for abandoned by another server that starts: then once more.
      await this.#makeFor(pid).catch(() => this.#makeFor(pid));
      this.#state = 'entered';
    }));
  }

  /** Without waiting any longer. */
  enterNow(): Promise<void> {
    this.#stopWaiting(true);
    return this.#entered;
  }

  /** Whether the process that was to enter has; for one of another server's time, whether it is there. */
  async holds(): Promise<boolean> {
    await this.#entered;
    return this.#state === 'known' ? existsSync(join(this.path, 'cgroup.kill')) : this.hasEntered;
  }

  /** Without those in cgroups below it. Empty before a process has entered. */
  pids(): number[] {
    try {
      return this.readPids();
    } catch {
      return [];
    }
  }

  /** As `pids`. @throws Error when that cannot be told */
  readPids(): number[] {
    return readFileSync(join(this.path, PROCESSES), 'utf8').split('\n').filter(Boolean).map(Number);
  }

  /** Whether the process that was to enter has by now. */
  get hasEntered(): boolean {
    return this.#state === 'entered';
  }

  /** Whether nobody is in it, nor in those below it: so it is where there is none. False when that cannot be told. */
  isEmpty(): boolean {
    if (this.#state === 'planned') return true;
    try {
      return /^populated 0$/m.test(readFileSync(join(this.path, 'cgroup.events'), 'utf8'));
    } catch (error) {
      return isMissing(error);
    }
  }

  /** KILL for all in it and below it, those being forked included (Linux 5.14), unless the script started this very server. */
  async kill(): Promise<void> {
    await this.#entered;
    if (this.pids().includes(process.pid)) return;
    await attempt(() => tell(join(this.path, 'cgroup.kill'), '1'));
  }

  /** Removes it; processes that stay go to the cgroup above, where they would be without it. */
  async dissolve(): Promise<void> {
    this.#stopWaiting(false);
    await this.#entered;
    if (this.#state === 'planned') return;
    for (let tries = 0; tries < 10 && !(await this.#remove()); tries++) {
      for (const pid of this.pids()) {
        await attempt(() => tell(join(dirname(this.path), PROCESSES), String(pid)));
      }
      await pause(20); // what was just ended still counts for a moment
    }
  }

  async #makeFor(pid: number): Promise<void> {
    await mkdir(this.path);
    await tell(join(this.path, PROCESSES), String(pid));
  }

  /** @returns whether to enter */
  #wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms, true).unref();
      this.#stopWaiting = (enter) => {
        clearTimeout(timer);
        resolve(enter);
      };
    });
  }

  async #remove(): Promise<boolean> {
    try {
      await rmdir(this.path);
      return true;
    } catch (error) {
      return isMissing(error);
    }
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const PROCESSES = 'cgroup.procs';
const writeTo = promisify(write);

/** Only the write waits for the kernel. */
const tell = async (file: string, message: string): Promise<void> => {
  const fd = openSync(file, 'r+');
  try {
    await writeTo(fd, message);
  } finally {
    closeSync(fd);
  }
};

const attempt = async (action: () => Promise<void>): Promise<void> => {
  try {
    await action();
  } catch {
    // gone meanwhile, or not allowed: signals have to do
  }
};

const cgroup2Mount = (mountinfo: string): { root: string; point: string } | null => {
  for (const line of mountinfo.split('\n')) {
    const [about = '', filesystem = ''] = line.split(' - ');
    const [, , , root, point] = about.split(' ').map(unescapeOctal);
    if (filesystem.startsWith('cgroup2 ') && root !== undefined && point !== undefined) {
      return { root: root === '/' ? '' : root, point };
    }
  }
  return null;
};

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

/** A cgroup below a threaded one takes no processes. */
const canHoldProcesses = (parent: string): boolean => {
  const probe = join(parent, `${PREFIX}probe-${process.pid}`);
  mkdirSync(probe);
  try {
    return readFileSync(join(probe, 'cgroup.type'), 'utf8').trim() === 'domain';
  } finally {
    rmdirSync(probe);
  }
};
