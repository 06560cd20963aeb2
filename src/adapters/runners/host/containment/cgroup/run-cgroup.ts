import { closeSync, existsSync, openSync, readFileSync, readdirSync, statSync, write } from 'node:fs';
import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Removes the cgroups of runs below `parent` in which nothing runs: a killed server had no time to. */
export const removeAbandonedCgroups = async (parent: string): Promise<void> => {
  const names = await readdir(parent).catch(() => []);
  const runs = names.filter((name) => name.startsWith(CGROUP_PREFIX));
  await Promise.all(runs.map((name) => attempt(() => removeTree(join(parent, name)))));
};

export const CGROUP_PREFIX = 'runlet-';

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
    return new RunCgroup(join(parent, `${CGROUP_PREFIX}${name}`));
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

  /** As `enter` without its delay; resolves when the process is in, or after `ms`. */
  async enterNow(ms: number): Promise<void> {
    this.#stopWaiting(true);
    await Promise.race([this.#entered, pause(ms, undefined, { ref: false })]);
  }

  /** Whether the process that was to enter has; for one of another server's time, whether it is there. */
  async holds(): Promise<boolean> {
    await this.#entered;
    return this.#state === 'known' ? existsSync(join(this.path, 'cgroup.kill')) : this.hasEntered;
  }

  /** Those in cgroups below it too, which a script may have made. Empty before a process has entered. */
  pids(): number[] {
    if (this.#state === 'planned' || this.#state === 'made') return [];
    return treeOf(this.path).flatMap((path) => {
      try {
        return readPids(path);
      } catch {
        return [];
      }
    });
  }

  /** As `pids`, without the cgroups below. @throws Error when it cannot be read */
  readPids(): number[] {
    return readPids(this.path);
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

  /**
   * KILL for all in it and below it, those being forked included (Linux 5.14), unless the script started this very server.
   * @param spared pids that leave it first
   */
  async kill(spared: readonly number[] = []): Promise<void> {
    await this.#entered;
    if (this.pids().includes(process.pid)) return;
    for (const pid of spared) await this.#giveBack(pid);
    await attempt(() => tell(join(this.path, 'cgroup.kill'), '1'));
  }

  /** Removes it; processes that stay go to the cgroup above, where they would be without it. */
  async dissolve(): Promise<void> {
    this.#stopWaiting(false);
    await this.#entered;
    if (this.#state === 'planned') return;
    for (let tries = 0; tries < 10 && !(await this.#remove()); tries++) {
      for (const pid of this.pids()) await this.#giveBack(pid);
      await pause(20); // what was just ended still counts for a moment
    }
  }

  #giveBack(pid: number): Promise<void> {
    return attempt(() => tell(join(dirname(this.path), PROCESSES), String(pid)));
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
      await rmdir(this.path).catch(() => removeTree(this.path)); // most have none below them
      return true;
    } catch (error) {
      return isMissing(error);
    }
  }
}

/** The cgroup and all below it, the innermost first. */
const treeOf = (path: string): string[] => {
  try {
    // To list it takes up to 15 ms while a process is moved. With two links it has no folder below it.
    if (statSync(path).nlink === 2) return [path];
    const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...below.flatMap(({ name }) => treeOf(join(path, name))), path];
  } catch {
    return [];
  }
};

/** A cgroup is removed without the files in it, but not with cgroups below it. @throws when something runs in one of them */
const removeTree = async (path: string): Promise<void> => {
  for (const cgroup of treeOf(path)) await rmdir(cgroup);
};

const readPids = (path: string): number[] =>
  readFileSync(join(path, PROCESSES), 'utf8').split('\n').filter(Boolean).map(Number);

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
