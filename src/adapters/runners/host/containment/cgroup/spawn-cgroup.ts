import { RunCgroup } from './run-cgroup.js';
import { type ProcessInfo, listProcesses } from '../../../process/process-table.js';

/**
 * The cgroup of a spawner and of everything that it starts, until the run's own cgroup takes it over. Every process that a script has left
 * is therefore in the run's cgroup or in this one, unless it was moved on purpose.
 */
export class SpawnCgroup {
  readonly #cgroup: RunCgroup;
  readonly #spawner: number;

  /** @param spawner its pid; what it starts before it `isReady` begins elsewhere */
  constructor(parent: string, spawner: number) {
    this.#cgroup = RunCgroup.named(parent, `spawn-${spawner}`);
    this.#spawner = spawner;
    void this.#cgroup.enter(spawner);
  }

  get isReady(): boolean {
    return this.#cgroup.hasEntered;
  }

  /**
   * The processes in it that belong to no session of a script that still runs.
   * @param from the lowest pid, as for `listProcesses`
   * @throws Error when the cgroup cannot be read
   */
  async escapedProcesses(from: number, sessionLeaders: ReadonlySet<number>): Promise<readonly ProcessInfo[]> {
    const all = await listProcesses(from, sessionLeaders, this.#cgroup.readPids());
    const others = new Set(all.filter(({ parent }) => parent === this.#spawner).map(({ pid }) => pid));
    return all.filter(({ pid, session }) => pid !== this.#spawner && !others.has(session));
  }

  dissolve(): Promise<void> {
    return this.#cgroup.dissolve();
  }
}
