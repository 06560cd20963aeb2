import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Readable, Writable } from 'node:stream';
import type { ProcessIdentity } from '../../../domain/run/script-run.js';
import { ControlPipe } from './control-pipe.js';
import { giveWay } from './isolation/give-way.js';
import { identify } from './process-identity.js';
import type { Command } from './isolation/sandbox-command.js';
import type { Job } from './child/sandbox-protocol.js';

const SILENCE_MS = 1000;

export type Pipe = Readable & Pick<Socket, 'bytesRead'>;

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One process with a vm2 sandbox, for one job. It makes itself ready as soon as it is made. */
export class Sandbox {
  readonly identity: ProcessIdentity;
  readonly stdout: Pipe;
  readonly stderr: Pipe;
  readonly exited: Promise<Exit>;
  /** What it told at its end, as `ControlPipe.rest` says. */
  readonly record: Promise<Buffer | null>;
  readonly #stdin: Writable;
  readonly #control: ControlPipe;
  #alive = true;

  /** @throws when no process can be spawned. */
  constructor([file, ...args]: Command, resultBytes: number) {
    const child = spawn(file, args, { cwd: '/', env: {}, detached: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
    child.on('error', () => undefined); // tells no more than the missing pid
    if (child.pid === undefined) throw new Error(`${file} could not be spawned`);
    giveWay(child.pid);
    const control = child.stdio[3] as Pipe;
    this.identity = identify(child.pid);
    this.stdout = child.stdout as Pipe;
    this.stderr = child.stderr as Pipe;
    this.#stdin = child.stdin.on('error', () => undefined); // it ended before it took its job
    this.#control = new ControlPipe(control, resultBytes);
    this.record = this.#control.rest;
    // Node lets flow away what nobody reads when the process exits, which may be before the news that it started is read.
    for (const pipe of [this.stdout, this.stderr]) pipe.on('readable', () => undefined);
    this.exited = exitOf(child).finally(() => {
      this.kill(); // what it has started
      this.#alive = false;
      for (const pipe of [this.stdout, this.stderr, control]) closeWhenSilent(pipe);
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** True when its script is about to run, false when the process ended before that. */
  get started(): Promise<boolean> {
    return this.#control.started;
  }

  /** Hands over the job. Resolves as `started`. */
  start(job: Job): Promise<boolean> {
    this.#stdin.end(JSON.stringify(job));
    return this.started;
  }

  /** Ends it and whatever it has started. */
  kill(): void {
    if (!this.#alive) return; // the number may be another's by now
    try {
      process.kill(-this.identity.pid, 'SIGKILL');
    } catch {
      // nothing of it is left
    }
  }

  /** Why it ended before it was started, in one line. */
  async lastWords(): Promise<string> {
    const { code, signal } = await this.exited;
    const printed = await text(this.stderr).catch(() => '');
    const line = /^.*(Error|error|failed|denied).*$/m.exec(printed) ?? /^.*\S.*$/m.exec(printed);
    const end = `it ended with ${signal ?? `exit code ${String(code)}`}`;
    return line ? `${line[0].trim().slice(0, 300)} (${end})` : end;
  }
}

const exitOf = (child: ChildProcess): Promise<Exit> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));

/** Nothing new since the last look and nothing left to take, though its writer has ended: a stranger holds it open. */
const closeWhenSilent = (pipe: Pipe): void => {
  let seen = -1;
  const timer = setInterval(() => {
    if (pipe.bytesRead === seen && pipe.readableLength === 0) pipe.destroy();
    seen = pipe.bytesRead;
  }, SILENCE_MS);
  timer.unref();
  if (pipe.closed) clearInterval(timer);
  else pipe.once('close', () => clearInterval(timer));
};
