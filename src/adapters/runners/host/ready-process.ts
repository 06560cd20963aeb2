import { closeSync, openSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { RunCgroup } from './cgroup.js';
import type { Environment } from './environment.js';
import { COOKIE_VARIABLE, newCookie } from './marks.js';
import { type PipePair, type PipePool, releaseReaders } from './pipe-pool.js';
import type { ProcessStart, StartedProcess } from './start-process.js';

export interface ReadyProcessNeeds {
  readonly start: (start: ProcessStart) => Promise<StartedProcess>;
  /** Absolute path of a POSIX shell. */
  readonly shell: string;
  readonly environment: Environment;
  readonly pipes: PipePool;
  /** The cgroup below which it gets its own; null without. */
  readonly cgroupParent: string | null;
}

/**
 * A process that waits to become a script: a shell in a session and cgroup of its own, its output on pipes, its descriptor 3 on an
 * empty file. It reads from a pipe of ours what to become, so it ends by itself when the server is gone.
 */
export interface ReadyProcess {
  readonly process: StartedProcess;
  readonly cookie: string;
  readonly pipes: PipePair;
  readonly cgroup: RunCgroup | null;
  /** Hands over descriptor 3's text, then the shell's program. False when it cannot be told: then it is good for nothing any more. */
  become(body: string, program: string): boolean;
  /** Ends it. */
  discard(): Promise<void>;
}

/** @throws whatever stands in the way; then nothing waits and nothing is left open. */
export const startReadyProcess = async (needs: ReadyProcessNeeds): Promise<ReadyProcess> => {
  const { start, shell, environment, pipes: pool, cgroupParent } = needs;
  const pipes = pool.takePair() ?? (await pool.waitForPair());
  const cookie = newCookie();
  const given = [pipes.stdout.writeFd, pipes.stderr.writeFd];
  const kept = [pipes.stdout.readFd, pipes.stderr.readFd];
  try {
    const body = openEmptyFile(pool.privatePath('body'));
    kept.push(body.writeFd);
    given.push(body.readFd);
    const input = pool.takeControlPipe() ?? (await pool.waitForControlPipe());
    kept.push(input.writeFd);
    given.push(input.readFd);
    const shellProcess = await start({
      file: shell,
      args: [],
      directory: '/',
      environment: { ...environment, [COOKIE_VARIABLE]: cookie },
      fds: [pipes.stdout.writeFd, pipes.stderr.writeFd, body.readFd],
      input: input.readFd,
    });
    const cgroup = cgroupParent === null ? null : RunCgroup.named(cgroupParent, newCookie());
    await cgroup?.enter(shellProcess.pid);
    return new WaitingShell(shellProcess, { cookie, pipes, cgroup }, { body: body.writeFd, program: input.writeFd });
  } catch (error) {
    for (const fd of kept) closeSync(fd);
    throw error;
  } finally {
    for (const fd of given) closeSync(fd);
  }
};

class WaitingShell implements ReadyProcess {
  readonly process: StartedProcess;
  readonly cookie: string;
  readonly pipes: PipePair;
  readonly cgroup: RunCgroup | null;
  readonly #told: { readonly body: number; readonly program: number };
  #over = false;

  constructor(
    process: StartedProcess,
    rest: { cookie: string; pipes: PipePair; cgroup: RunCgroup | null },
    told: { body: number; program: number },
  ) {
    this.process = process;
    this.cookie = rest.cookie;
    this.pipes = rest.pipes;
    this.cgroup = rest.cgroup;
    this.#told = told;
    void process.ended.then(() => (this.#over = true));
  }

  become(body: string, program: string): boolean {
    const { body: bodyFd, program: programFd } = this.#told;
    let told = false;
    try {
      writeFileSync(bodyFd, body);
      const bytes = Buffer.from(program);
      told = writeSync(programFd, bytes) === bytes.length; // does not block: what has no room is not written
    } catch {
      // no room at all, or nobody reads: it is discarded
    }
    closeSync(bodyFd);
    closeSync(programFd);
    if (!told) void this.#end();
    return told;
  }

  async discard(): Promise<void> {
    closeSync(this.#told.body);
    closeSync(this.#told.program);
    await this.#end();
  }

  async #end(): Promise<void> {
    releaseReaders(this.pipes);
    if (!this.#over) killGroup(this.process.pid);
    await this.process.ended;
    await this.cgroup?.dissolve();
  }
}

const openEmptyFile = (path: string): { readFd: number; writeFd: number } => {
  const writeFd = openSync(path, 'wx', 0o600);
  try {
    return { readFd: openSync(path, 'r'), writeFd };
  } catch (error) {
    closeSync(writeFd);
    throw error;
  } finally {
    unlinkSync(path);
  }
};

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // gone already
  }
};
