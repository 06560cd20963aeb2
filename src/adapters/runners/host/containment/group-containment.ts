import type { ProcessInfo } from '../../process/process-table.js';
import type { Containment, Ended, Grace } from './containment.js';
import { endProcesses } from './end-processes.js';

/** A run as its process group, all that can be reached without a Linux /proc. The group stands as one process. */
export class GroupContainment implements Containment {
  readonly cgroup = null;
  readonly #group: number;

  constructor(group: number) {
    this.#group = group;
  }

  async members(): Promise<readonly ProcessInfo[]> {
    return groupExists(this.#group) ? [asOneProcess(this.#group)] : [];
  }

  async isEmpty(): Promise<boolean> {
    return !groupExists(this.#group);
  }

  end(grace: Grace): Promise<Ended> {
    return endProcesses({ find: () => this.members(), group: this.#group }, grace);
  }

  async dissolve(): Promise<void> {
    // a group has nothing to let go of
  }
}

const asOneProcess = (group: number): ProcessInfo => ({
  pid: group,
  parent: 0,
  group,
  session: group,
  startTime: 0,
  state: 'R',
  command: 'process group',
});

const groupExists = (group: number): boolean => {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
};
