import { storeUnavailable } from '../rows/store-unavailable.js';
import { isBusy } from './sqlite-error.js';

/** How long a write waits for another program that holds the database. */
const PATIENCE_MS = 15_000;
const RETRY_MS = 20;
/** How long writes that have waited keep the rest of the process waiting, at a time. */
const SLICE_MS = 10;
const MOST_WAITING = 10_000;

interface Waiting {
  /** @throws what the write throws */
  readonly attempt: () => void;
  readonly giveUp: (error: unknown) => void;
  readonly until: number;
}

/**
 * Does writes in the order in which they come. One that meets no lock is done at once, in the same turn. While another
 * program holds the database they wait, and only the first of them is tried now and then; nothing else of this process
 * waits with them.
 */
export class WriteQueue {
  readonly #patienceMs: number;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor({ patienceMs = PATIENCE_MS } = {}) {
    this.#patienceMs = patienceMs;
  }

  /**
   * What `attempt` answers. It is called again while it throws that the database is busy.
   * @throws what `attempt` throws; that the database is busy, when it has been so for too long
   */
  async run<T>(attempt: () => T): Promise<T> {
    if (this.#waiting.length === 0) {
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
    }
    if (this.#waiting.length >= MOST_WAITING) throw storeUnavailable(`${MOST_WAITING} writes wait already`);
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        attempt: () => resolve(attempt()),
        giveUp: reject,
        until: performance.now() + this.#patienceMs,
      });
      this.#timer ??= setTimeout(this.#tryAgain, RETRY_MS);
    });
  }

  /** Gives up what waits. */
  close(error: Error): void {
    clearTimeout(this.#timer);
    for (const { giveUp } of this.#waiting.splice(0)) giveUp(error);
  }

  readonly #tryAgain = (): void => {
    this.#timer = undefined;
    const began = performance.now();
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      try {
        first.attempt();
      } catch (error) {
        if (isBusy(error) && performance.now() < first.until) {
          this.#later(RETRY_MS);
          return;
        }
        first.giveUp(error);
      }
      this.#waiting.shift();
      if (performance.now() - began > SLICE_MS) {
        this.#later(0);
        return;
      }
    }
  };

  #later(ms: number): void {
    if (this.#waiting.length > 0) this.#timer = setTimeout(this.#tryAgain, ms);
  }
}
