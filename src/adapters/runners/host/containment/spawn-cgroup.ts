import { RunCgroup } from './cgroup.js';
import { type ProcessInfo, listProcesses } from '../../process/process-table.js';

/**
 * The cgroup in which whatever a spawner starts begins, and stays until a cgroup of its own has closed around it. So what a script that
 * has ended has left is in its own cgroup or here, unless it was moved on purpose.
 */
export class Nursery {
  readonly #cgroup: RunCgroup;
  readonly #spawner: number;

  /** @param spawner its pid; what it starts before it `isReady` begins elsewhere */
  constructor(parent: string, spawner: number) {
    this.#cgroup = RunCgroup.named(parent, `nursery-${spawner}`);
    this.#spawner = spawner;
    void this.#cgroup.enter(spawner);
  }

  get isReady(): boolean {
    return this.#cgroup.hasEntered;
  }

  /**
   * Those in it, but what the spawner has started and what is still in the session of such a one.
   * @param from the lowest number, as `listProcesses` has it
   * @throws Error when that cannot be told
   */
  async strays(from: number, leaders: ReadonlySet<number>): Promise<readonly ProcessInfo[]> {
    const all = await listProcesses(from, leaders, this.#cgroup.readPids());
    const others = new Set(all.filter(({ parent }) => parent === this.#spawner).map(({ pid }) => pid));
    return all.filter(({ pid, session }) => pid !== this.#spawner && !others.has(session));
  }

  dissolve(): Promise<void> {
    return this.#cgroup.dissolve();
  }
}
