import { closeSync, openSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { RunCgroup } from '../containment/cgroup.js';
import { bashArguments } from '../command-line.js';
import type { Environment } from '../environment.js';
import { COOKIE_VARIABLE, lockLimitOf, newCookie } from '../containment/run-markers.js';
import { type PipePair, type PipePool, releaseReaders } from '../pipes/pipe-pool.js';
import type { ProcessStart, StartedProcess } from '../spawn/start-process.js';

export interface ReadyProcessNeeds {
  readonly start: (start: ProcessStart) => Promise<StartedProcess>;
  /** Absolute path of bash. */
  readonly bash: string;
  readonly environment: Environment;
  /** Where it waits; a profile that goes elsewhere is left there, as in any login shell. */
  readonly home: string;
  readonly pipes: PipePool;
  /** The cgroup below which it gets its own; null without. */
  readonly cgroupParent: string | null;
}

/** The run that a process becomes. */
export interface ReadyTask {
  readonly runId: string;
  readonly directory: string;
  /** What it finds as descriptor 3. */
  readonly body: string;
}

/**
 * A login shell that has read its profile and waits for a script: in a session and cgroup of its own, its output on pipes, its
 * descriptor 3 on an empty file. It waits at a pipe of ours, so it ends by itself when the server is gone.
 */
export interface ReadyProcess {
  readonly process: StartedProcess;
  readonly cookie: string;
  readonly pipes: PipePair;
  readonly cgroup: RunCgroup | null;
  /** False when it cannot be told: then it is good for nothing any more. */
  become(task: ReadyTask): boolean;
  /** Lets it end, by signals only where it does not by itself: in the midst of its profile it may hold a lock. */
  discard(): Promise<void>;
}

/** @throws whatever stands in the way; then nothing waits and nothing is left open. */
export const startReadyProcess = async (needs: ReadyProcessNeeds): Promise<ReadyProcess> => {
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
      args: bashArguments(lockLimitOf(cookie), WAIT),
      directory: home,
      environment: { ...environment, [COOKIE_VARIABLE]: cookie },
      fds: given,
    });
    const cgroup = cgroupParent === null ? null : RunCgroup.named(cgroupParent, newCookie());
    await cgroup?.enter(waiting.pid);
    return new WaitingShell(waiting, { cookie, pipes, cgroup, home }, { body: body.writeFd, control: control.writeFd });
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
  `builtin mapfile -td '' -n 3 -u 4 RUNLET_READY; [ "\${#RUNLET_READY[@]}" = 3 ] || exit`,
  'exec 4<&-',
  'export RUNLET_RUN_ID="${RUNLET_READY[0]}"',
  '[ -z "${RUNLET_READY[2]}" ] || ! [ . -ef "${RUNLET_READY[1]}" ] || builtin cd -- "${RUNLET_READY[2]}" || exit 126',
  'builtin unset RUNLET_READY OLDPWD; SECONDS=0; ',
].join('; ');

class WaitingShell implements ReadyProcess {
  readonly process: StartedProcess;
  readonly cookie: string;
  readonly pipes: PipePair;
  readonly cgroup: RunCgroup | null;
  readonly #home: string;
  readonly #told: { readonly body: number; readonly control: number };
  #over = false;

  constructor(
    process: StartedProcess,
    rest: { cookie: string; pipes: PipePair; cgroup: RunCgroup | null; home: string },
    told: { body: number; control: number },
  ) {
    this.process = process;
    this.cookie = rest.cookie;
    this.pipes = rest.pipes;
    this.cgroup = rest.cgroup;
    this.#home = rest.home;
    this.#told = told;
    void process.ended.then(() => (this.#over = true));
  }

  become({ runId, directory, body }: ReadyTask): boolean {
    const elsewhere = directory === this.#home ? '' : directory;
    const words = Buffer.from(`${runId}\0${this.#home}\0${elsewhere}\0`);
    let told = false;
    try {
      writeFileSync(this.#told.body, body);
      told = writeSync(this.#told.control, words) === words.length; // does not block: what has no room is not written
    } catch {
      // no room at all, or nobody reads: it is discarded
    }
    this.#closeTold();
    if (!told) void this.#end();
    return told;
  }

  async discard(): Promise<void> {
    this.#closeTold();
    await this.#end();
  }

  #closeTold(): void {
    closeSync(this.#told.body);
    closeSync(this.#told.control);
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

/** What is done in turn, and how long is waited for the end, in ms. Nobody tells it anything any more, so that it ends when it would wait. */
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
