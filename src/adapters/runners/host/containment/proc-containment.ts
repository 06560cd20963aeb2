import type { ProcessInfo } from '../../process/process-table.js';
import type { Containment, Ended, Grace } from './containment.js';
import { endProcesses } from './end-processes.js';
import type { ProcessSearch } from './process-search.js';

/** A run as its processes that a scan of /proc finds. A process that has removed every marker of the run escapes. */
export class ProcContainment implements Containment {
  readonly cgroup = null;
  readonly #search: ProcessSearch;

  constructor(search: ProcessSearch) {
    this.#search = search;
  }

  members(): Promise<readonly ProcessInfo[]> {
    return this.#search.members();
  }

  async isEmpty(): Promise<boolean> {
    return (await this.members()).length === 0;
  }

  end(grace: Grace): Promise<Ended> {
    return endProcesses({ find: () => this.members(), group: this.#search.group }, grace);
  }

  async dissolve(): Promise<void> {
    this.#search.close();
  }
}
