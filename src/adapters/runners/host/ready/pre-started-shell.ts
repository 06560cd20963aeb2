import { closeSync, futimesSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunJob } from '../../../../application/ports/script-runner.js';
import { bashBody } from '../command-line.js';
import type { Containment } from '../containment/containment.js';
import { cookieOf, rlimitTagOf, slackTagOf } from '../containment/run-markers.js';
import { type PipePair, releaseReaders } from '../pipes/pipe-pool.js';
import { explainDirectory } from '../spawn/start-command.js';
import { HeldOutput } from '../../process/output/held-output.js';
import type { Deliver, OutputReader } from '../../process/output/output-reader.js';
import type { StartedProcess } from '../spawn/starter.js';
import type { StatusPipe } from './status-pipe.js';
import { BEGUN, NO_DIRECTORY, READY } from './takeover-text.js';

export interface ShellParts {
  readonly process: StartedProcess;
  readonly pipes: PipePair;
  readonly containment: Containment;
  readonly contained: Promise<void>;
  readonly status: StatusPipe;
  /** Writing end of its descriptor 3, an empty file. */
  readonly body: number;
  readonly bodyTime: Date;
  /** Writing end of the pipe that it waits at. */
  readonly control: number;
  /** Where it was started. */
  readonly home: string;
}

/** What has become of a shell that was given a run: the script, or a process that is about to end, and why. */
export type Takeover = 'begun' | 'out-of-date' | { readonly noDirectory: string };

/**
 * A login shell that waits for a script: in its own session, with its output on pipes and an empty file as descriptor 3. It
 * reads from a pipe of the server, so it ends by itself when the server is gone.
 */
export interface PreStartedShell {
  readonly process: StartedProcess;
  readonly containment: Containment;
  /** Resolves when everything that it starts is inside its containment. It is given no run before. */
  readonly contained: Promise<void>;
  /** Resolves when it has read its profile and waits, or to false when it has ended before. */
  becomesReady(): Promise<boolean>;
  /** How many processes its profile has left behind. */
  companions(): Promise<number>;
  /** Gives it the run. False when it no longer listens. */
  give(job: Pick<RunJob, 'runId' | 'token' | 'script'>, directory: string): boolean;
  /** Reads its output. Called once, after `give`. */
  read(deliver: Deliver): OutputReader;
  /** What has become of it after `give`. Only a shell whose profile or directory does not answer keeps it waiting. */
  takeover(directory: string): Promise<Takeover>;
  /** Ends it, by signals only where it does not end by itself: while it reads its profile it may hold a lock. */
  discard(): Promise<void>;
}

export class LoginShell implements PreStartedShell {
  readonly #parts: ShellParts;
  #isOver = false;
  #channelsAreOpen = true;
  /** Read from `give` on: the script may print before this process is told that it has begun. */
  #output: HeldOutput | null = null;

  constructor(parts: ShellParts) {
    this.#parts = parts;
    void parts.process.ended.then(() => (this.#isOver = true));
  }

  get process(): StartedProcess {
    return this.#parts.process;
  }

  get containment(): Containment {
    return this.#parts.containment;
  }

  get contained(): Promise<void> {
    return this.#parts.contained;
  }

  becomesReady(): Promise<boolean> {
    return this.#parts.status.after(0);
  }

  async companions(): Promise<number> {
    const members = await this.#parts.containment.members();
    return members.filter(({ pid }) => pid !== this.#parts.process.pid).length;
  }

  give({ runId, token, script }: Pick<RunJob, 'runId' | 'token' | 'script'>, directory: string): boolean {
    const { home, body, bodyTime, control, pipes } = this.#parts;
    const cookie = cookieOf(token);
    const elsewhere = directory === home ? '' : directory;
    const words = Buffer.from([runId, cookie, rlimitTagOf(cookie), home, elsewhere, slackTagOf(cookie), ''].join('\0'));
    this.#output = new HeldOutput({ stdout: pipes.stdout.readFd, stderr: pipes.stderr.readFd });
    try {
      writeFileSync(body, bashBody(script));
      futimesSync(body, bodyTime, bodyTime);
      return writeSync(control, words) === words.length; // does not block: what has no room is not written
    } catch {
      return false; // no room at all, or nobody reads
    } finally {
      this.#closeChannels();
    }
  }

  read(deliver: Deliver): OutputReader {
    if (!this.#output) throw new Error('nothing is read from a shell that has no run');
    return this.#output.readTo(deliver);
  }

  async takeover(directory: string): Promise<Takeover> {
    const { status } = this.#parts;
    await status.after(READY.length);
    const said = status.text.slice(READY.length);
    if (said.startsWith(BEGUN)) {
      status.close();
      return 'begun';
    }
    if (!said.startsWith(NO_DIRECTORY)) return OUT_OF_DATE_OR_GONE;
    const report = (await status.end()).slice(READY.length + NO_DIRECTORY.length);
    return { noDirectory: explainDirectory(report, directory) };
  }

  async discard(): Promise<void> {
    const { process, pipes, containment, status } = this.#parts;
    this.#closeChannels();
    for (const [signal, patienceMs] of ENDING) {
      if (this.#isOver) break;
      if (signal) signalGroup(process.pid, signal);
      await Promise.race([process.ended, pause(patienceMs, undefined, { ref: false })]);
    }
    if ((await containment.members()).length > 0) await containment.end({ ms: LEFT_BEHIND_MS });
    status.close();
    if (this.#output) await this.#output.discard();
    else releaseReaders(pipes);
    await containment.dissolve();
  }

  #closeChannels(): void {
    if (!this.#channelsAreOpen) return;
    this.#channelsAreOpen = false;
    closeSync(this.#parts.body);
    closeSync(this.#parts.control);
  }
}

const OUT_OF_DATE_OR_GONE: Takeover = 'out-of-date';

/** The steps of ending it, and how long each waits for the end, in ms. Its control pipe is closed, so it ends once it reads from it. */
const ENDING = [
  [null, 1000],
  ['SIGTERM', 1000],
  ['SIGKILL', 1000],
] as const;
/** Between TERM and KILL for what its profile has started. */
const LEFT_BEHIND_MS = 500;

/** An empty file that is written to after it was handed on for reading. */
export const openEmptyFile = (path: string): { readFd: number; writeFd: number } => {
  const writeFd = openSync(path, 'wx', 0o600);
  try {
    return { readFd: openSync(path, 'r'), writeFd };
  } catch (error) {
    closeSync(writeFd);
    rmSync(path, { force: true });
    throw error;
  }
};

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch {
    // gone already
  }
};
