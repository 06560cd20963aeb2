import { DeadlineError, isUnavailable } from './mongo-errors.js';

/** A call that is not answered by then makes one ask whether anybody is there. */
const SUSPECT_MS = 750;
/** What does not answer a ping by then is not there. */
const PING_MS = 1250;
const PROBE_MS = 500;

/**
 * Knows whether the server answers. Once it does not, calls are refused at once instead of after a time-out each, until it is seen to
 * answer again: nobody who starts a run in an outage waits for it.
 */
export class Availability {
  readonly #ping: () => Promise<unknown>;
  /** What the calls of an outage are refused with. */
  #outage: Error | null = null;
  #asking: Promise<void> | null = null;
  /** Ends the wait of each call that is not answered yet. */
  readonly #waiting = new Set<(outage: Error) => void>();
  #probe: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(ping: () => Promise<unknown>) {
    this.#ping = ping;
  }

  /**
   * What `work` answers.
   * @param ms after which it counts as no answer, sooner if the server answers nothing else either; null to wait as long as it takes.
   * @throws what the driver throws, DeadlineError, or what began the outage
   */
  async call<T>(work: () => Promise<T>, ms: number | null): Promise<T> {
    if (ms === null) return work();
    if (this.#outage !== null) throw this.#outage;
    try {
      return await this.#withDeadline(work(), ms);
    } catch (error) {
      if (isUnavailable(error)) void this.#ask().catch(() => undefined);
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#probe);
  }

  async #withDeadline<T>(answer: Promise<T>, ms: number): Promise<T> {
    let late: NodeJS.Timeout | undefined;
    let suspicion: NodeJS.Timeout | undefined;
    let refuse = (_: Error): void => undefined;
    const none = new Promise<never>((_, reject) => {
      this.#waiting.add((refuse = reject));
      late = setTimeout(() => reject(new DeadlineError(ms)), ms);
      suspicion = setTimeout(() => void this.#ask().catch(() => undefined), SUSPECT_MS);
    });
    try {
      return await Promise.race([answer, none]);
    } finally {
      this.#waiting.delete(refuse);
      clearTimeout(late);
      clearTimeout(suspicion);
    }
  }

  /** Resolves when the server answers; when it does not, the outage has begun. One question at a time is enough. */
  #ask(): Promise<void> {
    this.#asking ??= within(PING_MS, this.#ping())
      .then(
        () => void (this.#outage = null),
        (error: unknown) => {
          if (!isUnavailable(error)) return;
          this.#begin(error instanceof Error ? error : new Error(String(error)));
          this.#askAgain();
          throw error;
        },
      )
      .finally(() => (this.#asking = null));
    return this.#asking;
  }

  #begin(outage: Error): void {
    this.#outage = outage;
    for (const refuse of this.#waiting) refuse(outage);
  }

  #askAgain(): void {
    clearTimeout(this.#probe);
    if (this.#closed) return;
    this.#probe = setTimeout(() => void this.#ask().catch(() => undefined), PROBE_MS).unref();
  }
}

/** @throws DeadlineError when the work takes longer */
export const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(ms)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
