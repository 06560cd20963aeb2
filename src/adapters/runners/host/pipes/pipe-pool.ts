import { accessSync, closeSync, constants, fchownSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHelper } from '../../process/run-helper.js';
import { makePrivateFolder } from './private-folder.js';
import type { RunUser } from '../run-user.js';
import type { GivenFile } from '../spawn/starter.js';

/** A real pipe: a FIFO. Whoever takes it closes both descriptors and removes its name. */
export interface Pipe {
  /** Does not block. */
  readonly readFd: number;
  readonly writeFd: number;
  /** By its name /proc/PID/fd tells who holds it, also when that is removed. */
  readonly path: string;
}

export interface PipePair {
  readonly stdout: Pipe;
  readonly stderr: Pipe;
}

/**
 * Pipes ahead of need. Node makes sockets for a child's output, on which a script's `echo x >/dev/stderr` fails, so these are
 * FIFOs: one `mkfifo` costs 3 ms, 256 in one call hardly more.
 */
export class PipePool {
  readonly #parent: string;
  readonly #user: RunUser | undefined;
  #folder: string | null = null;
  #names: string[] = [];
  #made = 0;
  #filling: Promise<void> | null = null;
  #closed = false;

  /** @param options.user who runs the scripts, where it is not the server's own user: opening /dev/stderr asks for permission. */
  constructor(options: { parent?: string; user?: RunUser | undefined } = {}) {
    this.#parent = options.parent ?? memoryFolder();
    this.#user = options.user;
  }

  /** Two pipes, at once; null when none are ready: then `waitForPair`. */
  takePair(): PipePair | null {
    const [stdoutPath, stderrPath] = this.#takeNames(2);
    if (stdoutPath === undefined || stderrPath === undefined) return null;
    return this.#open(() => this.#openPair(stdoutPath, stderrPath));
  }

  /** @throws as `fill` does */
  waitForPair(): Promise<PipePair> {
    return this.#wait(() => this.takePair());
  }

  /** One pipe for what a process is told, whose writing end does not block either; null when none is ready. */
  takeControlPipe(): Pipe | null {
    const [path] = this.#takeNames(1);
    return path === undefined ? null : this.#open(() => openPipe(path, constants.O_NONBLOCK));
  }

  /** @throws as `fill` does */
  waitForControlPipe(): Promise<Pipe> {
    return this.#wait(() => this.takeControlPipe());
  }

  /** Makes a batch. @throws when there is no `mkfifo`, no room, or the pool is closed */
  fill(): Promise<void> {
    this.#filling ??= this.#makeBatch().finally(() => (this.#filling = null));
    return this.#filling;
  }

  /** A new path in the pool's folder, which only the server's user can enter. */
  privatePath(name: string): string {
    if (this.#closed) throw new Error('the runner is closed');
    this.#folder ??= makePrivateFolder(this.#parent);
    return join(this.#folder, `${name}-${this.#made++}`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#filling?.catch(() => undefined);
    this.#forget();
  }

  #takeNames(count: number): string[] {
    if (this.#names.length < REFILL_AT) this.fill().catch(() => undefined); // whoever needs them meets the error
    return this.#names.splice(0, count);
  }

  /** Null when somebody took the folder away. */
  #open<T>(open: () => T): T | null {
    try {
      return open();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#forget();
      return null;
    }
  }

  async #wait<T>(take: () => T | null): Promise<T> {
    for (;;) {
      await this.fill();
      const taken = take();
      if (taken !== null) return taken;
    }
  }

  async #makeBatch(): Promise<void> {
    const names = Array.from({ length: BATCH }, () => this.privatePath('pipe'));
    const { failure } = await runHelper('mkfifo', ['-m', '600', ...names]);
    if (failure !== null) throw new Error(`no pipes could be made: ${failure}`);
    this.#names.push(...names);
  }

  #openPair(stdoutPath: string, stderrPath: string): PipePair {
    const stdout = openPipe(stdoutPath, 0, this.#user);
    try {
      return { stdout, stderr: openPipe(stderrPath, 0, this.#user) };
    } catch (error) {
      release(stdout);
      throw error;
    }
  }

  /** Something that tidies up old temporary files may have taken the folder, so it is not relied on. */
  #forget(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
    this.#names = [];
  }
}

/** Memory that is a file system, where there is one: files that live for a moment cost less there, and no script's text gets on a disk. */
const memoryFolder = (): string => {
  try {
    accessSync(SHARED_MEMORY, constants.W_OK);
    return SHARED_MEMORY;
  } catch {
    return tmpdir();
  }
};

const SHARED_MEMORY = '/dev/shm';
const BATCH = 256;
const REFILL_AT = 64;

/** For a pair that was taken in vain. */
export const releasePair = ({ stdout, stderr }: PipePair): void => {
  release(stdout);
  release(stderr);
};

/** What a process gets to write to. */
export const writingEnds = ({ stdout, stderr }: PipePair): GivenFile[] =>
  [stdout, stderr].map(({ writeFd, path }) => ({ fd: writeFd, path, access: 'write', isPipe: true }));

/** For a pair whose writing ends are the script's alone by now. */
export const releaseReaders = ({ stdout, stderr }: PipePair): void => {
  closeSync(stdout.readFd);
  closeSync(stderr.readFd);
};

const release = ({ readFd, writeFd, path }: Pipe): void => {
  closeSync(readFd);
  closeSync(writeFd);
  rmSync(path, { force: true });
};

/** The reading end comes first: with it there, opening the other for writing does not block. */
const openPipe = (path: string, writeFlags: number, user?: RunUser): Pipe => {
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeFd = openSync(path, constants.O_WRONLY | writeFlags);
    if (user) fchownSync(writeFd, user.uid, user.gid);
    return { readFd, writeFd, path };
  } catch (error) {
    closeSync(readFd);
    throw error;
  }
};
