import type { SystemReport } from '../../adapters/http/contract/system.js';

/** Something that is wrong with the service itself, as the server says it: `message` tells an admin what to do. */
export type ServiceProblem = SystemReport['problems'][number];

/** One for the page. Every answer of `GET /api/admin/system` brings it up to date. */
class ServiceProblems extends EventTarget {
  #present: readonly ServiceProblem[] = [];

  get present(): readonly ServiceProblem[] {
    return this.#present;
  }

  set(next: readonly ServiceProblem[]): void {
    if (JSON.stringify(next) === JSON.stringify(this.#present)) return;
    this.#present = next;
    this.dispatchEvent(new Event('change'));
  }
}

export const serviceProblems = new ServiceProblems();
