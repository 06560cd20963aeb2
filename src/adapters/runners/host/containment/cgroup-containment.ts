import type { ProcessInfo } from '../../process/process-table.js';
import type { Contained, Containment, Ended, Grace } from './containment.js';
import { endProcesses } from './end-processes.js';
import type { ProcessSearch } from './process-search.js';
import type { RunCgroup } from './cgroup/run-cgroup.js';
import type { SpawnCgroup } from './cgroup/spawn-cgroup.js';

/** A script that ends within this time, as most do, begins and ends in the spawn cgroup. */
const BRIEF_MS = 50;
/** How long a run that is to be ended is given to enter its cgroup, which takes 5–15 ms. */
const ENTERING_MS = 100;

interface Parts {
  readonly search: ProcessSearch;
  readonly cgroup: RunCgroup;
  /** Null: what the run started before its cgroup closed may be anywhere. Undefined: the run started nothing before. */
  readonly began: SpawnCgroup | null | undefined;
}

/** A run as its cgroup, and as what a scan of /proc finds beside it. */
export class CgroupContainment implements Containment {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Around a process that may already have started others. */
  static closeSoon(search: ProcessSearch, cgroup: RunCgroup, contained: Contained): CgroupContainment {
    const began = contained.spawnCgroup;
    void cgroup.enter(contained.pid, began ? BRIEF_MS : 0);
    return new CgroupContainment({ search, cgroup, began });
  }

  /** A cgroup that the process enters before it starts anything, or that another server made. */
  static closed(search: ProcessSearch, cgroup: RunCgroup): CgroupContainment {
    return new CgroupContainment({ search, cgroup, began: undefined });
  }

  get cgroup(): string {
    return this.#parts.cgroup.path;
  }

  members(): Promise<readonly ProcessInfo[]> {
    return this.#parts.search.members();
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#cgroupsAreEmpty()) || (await this.members()).length === 0;
  }

  async end(grace: Grace): Promise<Ended> {
    const { search, cgroup } = this.#parts;
    await cgroup.enterNow(ENTERING_MS);
    return endProcesses(
      {
        find: () => this.members(),
        group: search.group,
        killAll: async () => cgroup.kill(await search.released()),
        isComplete: () => cgroup.holds(),
      },
      grace,
    );
  }

  async dissolve(): Promise<void> {
    this.#parts.search.close();
    await this.#parts.cgroup.dissolve();
  }

  /** True when the cgroups tell that nobody is left. They cover everything that the script started, so the machine is not scanned. */
  async #cgroupsAreEmpty(): Promise<boolean> {
    const { cgroup, search, began } = this.#parts;
    if (!cgroup.isEmpty()) return false;
    if (began === undefined) return cgroup.hasEntered;
    try {
      return began !== null && (await search.membersIn(began)).length === 0;
    } catch {
      return false; // the spawn cgroup cannot be read
    }
  }
}
