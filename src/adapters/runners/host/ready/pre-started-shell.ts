import { closeSync, openSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { RunCgroup } from '../containment/cgroup.js';
import { bashArguments } from '../command-line.js';
import type { Environment } from '../environment.js';
import { COOKIE_VARIABLE, rlimitTagOf, newCookie } from '../containment/run-markers.js';
import { type PipePair, type PipePool, releaseReaders } from '../pipes/pipe-pool.js';
import type { ProcessStart, StartedProcess } from '../spawn/start-process.js';

export interface PreStartedShellNeeds {
  readonly start: (start: ProcessStart) => Promise<StartedProcess>;
  /** Absolute path of bash. */
  readonly bash: string;
  readonly environment: Environment;
  /** Where it starts. A profile may change the directory, as in any login shell. */
  readonly home: string;
  readonly pipes: PipePool;
  /** The cgroup below which it gets its own; null without. */
  readonly cgroupParent: string | null;
}

/** The run that a shell takes over. */
export interface ShellTask {
  readonly runId: string;
  readonly directory: string;
  /** What it finds as descriptor 3. */
  readonly body: string;
}

/**
 * A login shell that waits for a script: in its own session and cgroup, with its output on pipes and an empty file as descriptor 3. It
 * reads from a pipe of the server, so it ends by itself when the server is gone.
 */
export interface PreStartedShell {
  readonly process: StartedProcess;
  readonly cookie: string;
  readonly pipes: PipePair;
  readonly cgroup: RunCgroup | null;
  /** False when the shell no longer listens: it is then discarded. */
  become(task: ShellTask): boolean;
  /** Ends it, by signals only where it does not end by itself: while it reads its profile it may hold a lock. */
  discard(): Promise<void>;
}

/** @throws whatever stands in the way; then nothing waits and nothing is left open. */
export const preStartShell = async (needs: PreStartedShellNeeds): Promise<PreStartedShell> => {
  const { start, bash, environment, home, pipes: pool, cgroupParent } = needs;
  const pipes = pool.takePair() ?? (await pool.waitForPair());
  const cookie = newCookie();
  const given = [pipes.stdout.writeFd, pipes.stderr.writeFd];
  const kept = [pipes.stdout.readFd, pipes.stderr.readFd];
  try {
    const body = openEmptyFile(pool.privatePath('body'));
    kept.push(body.writeFd);
    given.push(body.readFd);
    const control = pool.takeControlPipe() ?? (await pool.waitForControlPipe());
    kept.push(control.writeFd);
    given.push(control.readFd);
    const waiting = await start({
      file: bash,
      args: bashArguments(rlimitTagOf(cookie), WAIT),
      directory: home,
      environment: { ...environment, [COOKIE_VARIABLE]: cookie },
      fds: given,
    });
    const cgroup = cgroupParent === null ? null : RunCgroup.named(cgroupParent, newCookie());
    await cgroup?.enter(waiting.pid);
    return new LoginShell(waiting, { cookie, pipes, cgroup, home }, { body: body.writeFd, control: control.writeFd });
  } catch (error) {
    for (const fd of kept) closeSync(fd);
    throw error;
  } finally {
    for (const fd of given) closeSync(fd);
  }
};

/**
 * Waits for the run's id, the folder where the shell was started, and the script's own, if it is another; takes off every trace of
 * having waited. Where the profile has gone elsewhere, that stays, as it does in `bash -lc`.
 */
const WAIT = [
  `builtin mapfile -td '' -n 3 -u 4 RUNLET_TASK; [ "\${#RUNLET_TASK[@]}" = 3 ] || exit`,
  'exec 4<&-',
  'export RUNLET_RUN_ID="${RUNLET_TASK[0]}"',
  '[ -z "${RUNLET_TASK[2]}" ] || ! [ . -ef "${RUNLET_TASK[1]}" ] || builtin cd -- "${RUNLET_TASK[2]}" || exit 126',
  'builtin unset RUNLET_TASK OLDPWD; SECONDS=0; ',
].join('; ');

class LoginShell implements PreStartedShell {
  readonly process: StartedProcess;
  readonly cookie: string;
  readonly pipes: PipePair;
  readonly cgroup: RunCgroup | null;
  readonly #home: string;
  readonly #channels: { readonly body: number; readonly control: number };
  #over = false;

  constructor(
    process: StartedProcess,
    rest: { cookie: string; pipes: PipePair; cgroup: RunCgroup | null; home: string },
    channels: { body: number; control: number },
  ) {
    this.process = process;
    this.cookie = rest.cookie;
    this.pipes = rest.pipes;
    this.cgroup = rest.cgroup;
    this.#home = rest.home;
    this.#channels = channels;
    void process.ended.then(() => (this.#over = true));
  }

  become({ runId, directory, body }: ShellTask): boolean {
    const elsewhere = directory === this.#home ? '' : directory;
    const words = Buffer.from(`${runId}\0${this.#home}\0${elsewhere}\0`);
    let delivered = false;
    try {
      writeFileSync(this.#channels.body, body);
      delivered = writeSync(this.#channels.control, words) === words.length; // does not block: what has no room is not written
    } catch {
      // no room at all, or nobody reads: it is discarded
    }
    this.#closeChannels();
    if (!delivered) void this.#end();
    return delivered;
  }

  async discard(): Promise<void> {
    this.#closeChannels();
    await this.#end();
  }

  #closeChannels(): void {
    closeSync(this.#channels.body);
    closeSync(this.#channels.control);
  }

  async #end(): Promise<void> {
    for (const [signal, patienceMs] of ENDING) {
      if (this.#over) break;
      if (signal) signalGroup(this.process.pid, signal);
      await Promise.race([this.process.ended, pause(patienceMs, undefined, { ref: false })]);
    }
    await this.process.ended;
    releaseReaders(this.pipes);
    await this.cgroup?.dissolve();
  }
}

/** The steps of ending it, and how long each waits for the end, in ms. Its control pipe is closed, so it ends once it reads from it. */
const ENDING = [
  [null, 1000],
  ['SIGTERM', 1000],
  ['SIGKILL', 0],
] as const;

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

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch {
    // gone already
  }
};
