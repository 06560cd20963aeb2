import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { SpawnCgroup } from '../containment/spawn-cgroup.js';
import { isStillAlive } from '../../process/process-table.js';
import type { SpawnAnswer, SpawnRequest } from './spawner-protocol.js';
import { type ProcessEnd, type ProcessStart, type StartedProcess, StartError } from './start-process.js';

/** Starts processes through a small process of its own, which is made when it is first needed and made again should it die. */
export class Spawner {
  readonly #programFile: string;
  readonly #cgroupParent: string | null;
  #program: SpawnerProgram | null = null;

  /**
   * @param programFile absolute path of the compiled `spawner-program.js`
   * @param cgroupParent where it makes its spawn cgroup, in which everything that it starts begins; null without
   */
  constructor(programFile: string, cgroupParent: string | null = null) {
    this.#programFile = programFile;
    this.#cgroupParent = cgroupParent;
  }

  /** @throws StartError when it cannot; then there is no process. */
  start(start: ProcessStart): Promise<StartedProcess> {
    return this.#ready().start(start);
  }

  /** Makes the process ready ahead of need. */
  warm(): ChildProcess {
    return this.#ready().child;
  }

  async close(): Promise<void> {
    const program = this.#program;
    this.#program = null;
    await program?.close();
  }

  #ready(): SpawnerProgram {
    if (!this.#program?.isAlive()) this.#program = new SpawnerProgram(this.#programFile, this.#cgroupParent);
    return this.#program;
  }
}

/** How often a process is looked for whose spawner died: nobody else tells that it has ended. */
const LOOK_MS = 200;
const DIED = 'the process that starts scripts has died; try again';

interface Asked {
  readonly resolve: (process: StartedProcess) => void;
  readonly reject: (error: Error) => void;
  readonly spawnCgroup: SpawnCgroup | null;
}

class SpawnerProgram {
  readonly child: ChildProcess;
  readonly #spawnCgroup: SpawnCgroup | null = null;
  readonly #gone: Promise<void>;
  readonly #asked = new Map<number, Asked>();
  readonly #started = new Map<number, Pick<StartedProcess, 'pid' | 'startTime'> & { end: (end: ProcessEnd) => void }>();
  #lastId = 0;

  constructor(file: string, cgroupParent: string | null) {
    // A session of its own: Ctrl-C in a terminal is for the server, which ends its scripts first.
    const execArgv = ['--max-semi-space-size=1'];
    this.child = fork(file, { detached: true, env: {}, execArgv, stdio: 'ignore' });
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

  isAlive(): boolean {
    return this.child.connected;
  }

  start(start: ProcessStart): Promise<StartedProcess> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject, spawnCgroup: this.#spawnCgroup?.isReady ? this.#spawnCgroup : null });
      const request: SpawnRequest = { id, start };
      this.child.send(request, (error) => {
        if (error) this.#refuse(id, DIED);
      });
    });
  }

  async close(): Promise<void> {
    this.child.ref(); // nothing else may keep the process that waits for it
    if (this.isAlive()) this.child.disconnect();
    await this.#gone;
  }

  #hear(answer: SpawnAnswer): void {
    const { id } = answer;
    if ('refused' in answer) this.#refuse(id, answer.refused, answer.reason);
    else if ('end' in answer) {
      this.#started.get(id)?.end(answer.end);
      this.#started.delete(id);
    } else {
      const { pid, startTime } = answer;
      const ended = new Promise<ProcessEnd>((end) => this.#started.set(id, { pid, startTime, end }));
      const asked = this.#asked.get(id);
      asked?.resolve({ pid, startTime, ended, spawnCgroup: asked.spawnCgroup });
      this.#asked.delete(id);
    }
  }

  #refuse(id: number, message: string, reason?: StartError['reason']): void {
    this.#asked.get(id)?.reject(new StartError(message, reason));
    this.#asked.delete(id);
  }

  /** What it had started goes on; with it died the only way to learn an exit code. */
  #lose(): void {
    for (const id of [...this.#asked.keys()]) this.#refuse(id, DIED);
    for (const { pid, startTime, end } of this.#started.values()) {
      void untilGone(pid, startTime).then(() => end({ exitCode: null, signal: null }));
    }
    this.#started.clear();
  }
}

const untilGone = async (pid: number, startTime: number | null): Promise<void> => {
  while (startTime !== null && isStillAlive({ pid, startTime })) await wait(LOOK_MS);
};
