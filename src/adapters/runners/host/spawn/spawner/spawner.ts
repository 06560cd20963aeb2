import type { ChildProcess } from 'node:child_process';
import { RequestedStart } from './requested-start.js';
import { SpawnerClient } from './spawner-client.js';
import { type PendingStart, type ProcessStart, StartError, type Starter } from '../starter.js';

/**
 * Starts processes through a small process of its own, the spawner, which is made when it is first needed. One that dies or does not answer
 * is replaced, and takes no other start with it.
 */
export class Spawner implements Starter {
  readonly #programFile: string;
  readonly #cgroupParent: string | null;
  readonly #openFiles: number | null;
  #client: SpawnerClient | null = null;
  readonly #replaced = new Set<SpawnerClient>();
  #closed = false;

  /**
   * @param programFile absolute path of the compiled `spawner-program.js`
   * @param cgroupParent where it makes its spawn cgroup, in which everything that it starts begins; null without
   * @param openFiles soft limit of open files of what it starts directly; null: the one that is inherited
   */
  constructor(programFile: string, cgroupParent: string | null = null, openFiles: number | null = null) {
    this.#programFile = programFile;
    this.#cgroupParent = cgroupParent;
    this.#openFiles = openFiles;
  }

  start(start: ProcessStart): PendingStart {
    const request = new RequestedStart(start);
    this.#ready().make(request);
    return request;
  }

  warm(): void {
    this.#ready();
  }

  /** The spawner's process. */
  get process(): ChildProcess {
    return this.#ready().child;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#client?.close(), ...[...this.#replaced].map((client) => client.close())]);
  }

  #ready(): SpawnerClient {
    if (this.#client?.isUsable() !== true) this.#client = this.#make();
    return this.#client;
  }

  #make(): SpawnerClient {
    const client: SpawnerClient = new SpawnerClient(this.#programFile, this.#cgroupParent, this.#openFiles, {
      hangs: (requests) => {
        this.#replaced.add(client);
        for (const request of requests) {
          if (this.#closed) request.reject(new StartError('the runner is closed'));
          else this.#ready().make(request);
        }
      },
      gone: () => this.#replaced.delete(client),
    });
    return client;
  }
}
