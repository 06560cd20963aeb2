import type { Log } from '../../../application/ports/log.js';
import { storeUnavailable } from '../rows/store-unavailable.js';
import { isBusy } from './sqlite-error.js';

/** How long a write waits for another program that holds the database. */
const PATIENCE_MS = 15_000;
const RETRY_MS = 20;
/** A lock that is held for longer is worth a line in the log. */
const NOTABLE_MS = 1000;
/** Locks that are met within so long of each other count as one. */
const SAME_LOCK_MS = 1000;
/** How long writes that have waited keep the rest of the process waiting, at a time. */
const SLICE_MS = 10;
const MOST_WAITING = 10_000;

export interface WriteQueueOptions {
  /** How long a write waits. */
  readonly patienceMs?: number;
  /** Has a line when writes have to wait for long, and one when they do no more. */
  readonly log?: Log;
}

interface Waiting {
  /** @throws what the write throws */
  readonly attempt: () => void;
  readonly giveUp: (error: unknown) => void;
  readonly until: number;
}

interface Lock {
  readonly since: number;
  readonly seen: number;
  readonly error: unknown;
}

/**
 * Does writes in the order in which they come. One that meets no lock is done at once, in the same turn. While another
 * program holds the database they wait, and only the first of them is tried now and then; nothing else of this process
 * waits with them. What comes when the database has been held for longer than a write waits is refused at once.
 */
export class WriteQueue {
  readonly #patienceMs: number;
  readonly #waiting: Waiting[] = [];
  readonly #log: Log | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isNoted = false;
  /** The lock that was met last. Null: it is gone. */
  #lock: Lock | null = null;

  constructor({ patienceMs = PATIENCE_MS, log }: WriteQueueOptions = {}) {
    this.#patienceMs = patienceMs;
    this.#log = log;
  }

  /**
   * What `attempt` answers. It is called again while it throws that the database is busy.
   * @throws what `attempt` throws; that the database is busy, when it has been so for too long
   */
  async run<T>(attempt: () => T): Promise<T> {
    if (this.#waiting.length === 0) {
      try {
        return this.#try(attempt);
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
    }
    const now = performance.now();
    if (this.#lock && now - this.#lock.since >= this.#patienceMs) throw this.#lock.error;
    if (this.#waiting.length >= MOST_WAITING) throw storeUnavailable(`${MOST_WAITING} writes wait already`);
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        attempt: () => resolve(this.#try(attempt)),
        giveUp: reject,
        until: now + this.#patienceMs,
      });
      this.#timer ??= setTimeout(this.#tryAgain, RETRY_MS);
    });
  }

  /** Gives up what waits. */
  close(error: Error): void {
    clearTimeout(this.#timer);
    for (const { giveUp } of this.#waiting.splice(0)) giveUp(error);
  }

  /** Notes whether there is a lock. */
  #try<T>(attempt: () => T): T {
    try {
      const result = attempt();
      this.#unlocked();
      return result;
    } catch (error) {
      if (isBusy(error)) this.#locked(error);
      else this.#unlocked();
      throw error;
    }
  }

  #locked(error: unknown): void {
    const seen = performance.now();
    const last = this.#lock;
    const since = last && seen - last.seen < SAME_LOCK_MS ? last.since : seen;
    this.#lock = { since, seen, error };
    if (this.#isNoted || seen - since < NOTABLE_MS) return;
    this.#isNoted = true;
    this.#log?.warn({}, 'another program holds the database: reading goes on, what is to be stored waits for it');
  }

  #unlocked(): void {
    this.#lock = null;
    if (!this.#isNoted) return;
    this.#isNoted = false;
    this.#log?.info({}, 'the database is free again');
  }

  readonly #tryAgain = (): void => {
    this.#timer = undefined;
    const pauseMs = this.#drain();
    if (this.#waiting.length > 0) this.#timer = setTimeout(this.#tryAgain, pauseMs);
  };

  /** Does what waits, as far as it can now. @returns how many ms to wait before it goes on */
  #drain(): number {
    const began = performance.now();
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      try {
        first.attempt();
      } catch (error) {
        if (isBusy(error) && performance.now() < first.until) return RETRY_MS;
        first.giveUp(error);
      }
      this.#waiting.shift();
      if (performance.now() - began > SLICE_MS) return 0;
    }
    return 0;
  }
}
