import type { Problem, ProblemCode } from '../domain/service/problem.js';
import type { Clock } from './ports/clock.js';
import type { Log } from './ports/log.js';

/** What is wrong with the service now. Each code stands at most once; whoever raises a problem clears it. */
export class Problems {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #present = new Map<ProblemCode, Problem>();

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Raised again, a problem keeps its `since` and takes the new message. The log has one line when it begins. */
  raise(code: ProblemCode, message: string): void {
    const known = this.#present.get(code);
    this.#present.set(code, { code, message, since: known?.since ?? this.#clock.now() });
    if (!known) this.#log.error({ code }, message);
  }

  /** Does nothing when the problem does not stand. The log has one line when it ends. */
  clear(code: ProblemCode): void {
    if (this.#present.delete(code)) this.#log.info({ code }, 'a problem is over');
  }

  /** In the order in which they began. */
  list(): readonly Problem[] {
    return [...this.#present.values()];
  }
}
