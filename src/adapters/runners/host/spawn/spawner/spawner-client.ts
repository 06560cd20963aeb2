import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { SpawnCgroup } from '../../containment/cgroup/spawn-cgroup.js';
import { within } from '../../../process/waiting.js';
import { isStillAlive, readExitStatus } from '../../../process/process-table.js';
import type { RequestedStart } from './requested-start.js';
import type { Ping, SpawnAnswer, SpawnRequest } from './spawner-protocol.js';
import { LostStart, type ProcessEnd, StartError } from '../starter.js';

/** A spawner that has something to do says within this time that it lives. */
const ANSWER_MS = 3000;
/** How often that is looked at, and whether a process whose spawner cannot tell has ended. */
const LOOK_MS = 200;
/** How long a spawner that is told to end may take, and again one that is killed. */
const ENDING_MS = 1000;

interface Asked {
  readonly request: RequestedStart;
  readonly spawnCgroup: SpawnCgroup | null;
}

interface Started {
  readonly pid: number;
  readonly startTime: number | null;
  readonly end: (end: ProcessEnd) => void;
}

export interface SpawnerEvents {
  /** It hangs. These starts, which it has not begun, are for another. */
  readonly hangs: (requests: readonly RequestedStart[]) => void;
  /** Its process is gone. */
  readonly gone: () => void;
}

/** One spawner process, from here. */
export class SpawnerClient {
  readonly child: ChildProcess;
  readonly #events: SpawnerEvents;
  readonly #spawnCgroup: SpawnCgroup | null = null;
  readonly #gone: Promise<void>;
  readonly #asked = new Map<number, Asked>();
  readonly #started = new Map<number, Started>();
  #lastId = 0;
  #isGone = false;
  #hangs = false;
  #heardAt = 0;
  #looking: NodeJS.Timeout | null = null;

  /** @param openFiles as for `Spawner` */
  constructor(file: string, cgroupParent: string | null, openFiles: number | null, events: SpawnerEvents) {
    this.#events = events;
    // A session of its own: Ctrl-C in a terminal is for the server, which ends its scripts first.
    const execArgv = ['--max-semi-space-size=1'];
    const args = [String(process.pid), ...(openFiles === null ? [] : [String(openFiles)])];
    this.child = fork(file, args, { detached: true, env: {}, cwd: '/', execArgv, stdio: 'ignore' });
    this.child.on('message', (message) => this.#hear(message as SpawnAnswer));
    this.child.on('error', () => undefined); // 'exit', or the callback of `send`, tells
    this.child.once('exit', () => this.#lose());
    const { pid } = this.child;
    if (cgroupParent !== null && pid !== undefined) this.#spawnCgroup = new SpawnCgroup(cgroupParent, pid);
    this.#gone = once(this.child, 'exit').then(
      () => this.#spawnCgroup?.dissolve(),
      () => undefined,
    );
    this.child.unref();
    this.child.channel?.unref();
  }

  isUsable(): boolean {
    return this.child.connected && !this.#hangs;
  }

  make(request: RequestedStart): void {
    const id = ++this.#lastId;
    const spawnCgroup = this.#spawnCgroup?.isReady ? this.#spawnCgroup : null;
    this.#asked.set(id, { request, spawnCgroup });
    request.madeBy(() => {
      if (request.isAbandoned) this.#seeToTheEndOf(request);
      else this.#asked.delete(id);
    });
    this.child.send(messageOf(id, request, spawnCgroup !== null), (error) => {
      if (error) this.#refuse(id);
    });
    this.#watch();
  }

  async close(): Promise<void> {
    this.child.ref(); // nothing else may keep the process that waits for it
    if (this.child.connected) this.child.disconnect();
    if (await within(ENDING_MS, this.#gone)) return;
    this.child.kill('SIGKILL');
    // One of whose threads asks a file system that does not answer ends when that does.
    await within(ENDING_MS, this.#gone);
    this.child.unref();
  }

  #hear(answer: SpawnAnswer): void {
    this.#heardAt = performance.now();
    if ('pong' in answer) return;
    const { id } = answer;
    if ('refused' in answer) {
      this.#asked.get(id)?.request.reject(new StartError(answer.refused));
      this.#asked.delete(id);
    } else if ('end' in answer) {
      this.#started.get(id)?.end(answer.end);
      this.#started.delete(id);
    } else this.#note(id, answer.pid, answer.startTime);
  }

  #note(id: number, pid: number, startTime: number | null): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    const ended = new Promise<ProcessEnd>((end) => this.#started.set(id, { pid, startTime, end }));
    const isWatched = (): boolean => this.isUsable() && !this.#isGone;
    asked?.request.resolve({ pid, startTime, ended, spawnCgroup: asked.spawnCgroup, isWatched });
  }

  /** Nobody has begun a start whose ticket is still there. */
  #refuse(id: number): void {
    const request = this.#asked.get(id)?.request;
    this.#asked.delete(id);
    request?.reject(request.ticket.take() ? new StartError(DIED) : new LostStart(DIED));
  }

  /** Asks for a sign of life for as long as it has something to do. */
  #watch(): void {
    if (this.#looking !== null) return;
    this.#heardAt = performance.now();
    this.#looking = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  #look(): void {
    const silentMs = performance.now() - this.#heardAt;
    if (this.#isGone || (this.#asked.size === 0 && this.#started.size === 0)) this.#stopLooking();
    else if (this.#hangs) this.#readEnds();
    else if (silentMs > ANSWER_MS) this.#giveUp();
    else if (silentMs > ANSWER_MS / 3) this.#ping();
  }

  #stopLooking(): void {
    clearInterval(this.#looking ?? undefined);
    this.#looking = null;
    if (this.#hangs) this.child.kill('SIGKILL'); // it has nothing left to tell
  }

  #ping(): void {
    const ping: Ping = { ping: true };
    if (this.child.connected) this.child.send(ping, () => undefined);
  }

  /** What it has not begun goes to another; what it has started goes on. */
  #giveUp(): void {
    this.#hangs = true;
    const waiting = [...this.#asked].filter(([, { request }]) => request.ticket.move());
    for (const [id] of waiting) this.#asked.delete(id);
    this.#events.hangs(waiting.map(([, { request }]) => request));
    this.#endIfItHangs();
  }

  /** This process waits for it, though nothing else may keep it. */
  #seeToTheEndOf({ started }: RequestedStart): void {
    this.child.ref();
    const settled = (): void => this.child.unref();
    started.then(settled, settled);
    this.#endIfItHangs();
  }

  /** Rather than wait for it for ever; what becomes of the start then tells `#refuse`. */
  #endIfItHangs(): void {
    if (this.#hangs && [...this.#asked.values()].some(({ request }) => request.isAbandoned)) this.child.kill('SIGKILL');
  }

  /** A process that has ended keeps its exit status until its parent has asked for it, which this one does not. */
  #readEnds(): void {
    for (const [id, { pid, startTime, end }] of this.#started) {
      const status = startTime === null ? null : readExitStatus(pid, startTime);
      if (status === null) continue;
      end(status);
      this.#started.delete(id);
    }
  }

  /** What it had started goes on; with it died the only way to learn an exit code. */
  #lose(): void {
    this.#isGone = true;
    for (const id of [...this.#asked.keys()]) this.#refuse(id);
    for (const { pid, startTime, end } of this.#started.values()) {
      void untilGone(pid, startTime).then(() => end({ exitCode: null, signal: null }));
    }
    this.#started.clear();
    this.#events.gone();
  }
}

const DIED = 'the process that starts scripts has died; try again';

/** @param isEnclosed whether it begins in a cgroup. Only there nothing gets lost of what a profile starts before its shell has the tags. */
const messageOf = (id: number, { start, ticket }: RequestedStart, isEnclosed: boolean): SpawnRequest => {
  const { files, direct, ...rest } = start;
  const named = files.map(({ path, access, isPipe }, index) => ({
    path: index === files.length - 1 ? ticket.path : path,
    access,
    isPipe,
  }));
  return { id, start: isEnclosed ? { ...rest, direct } : rest, files: named };
};

const untilGone = async (pid: number, startTime: number | null): Promise<void> => {
  while (startTime !== null && isStillAlive({ pid, startTime })) await wait(LOOK_MS);
};
