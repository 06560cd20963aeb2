/** `Date` has whole seconds. */
const RESOLUTION_MS = 1000;

/**
 * The server's clock, by the `Date` of its answers. Each answer bounds by how much the two clocks differ; what is assumed is changed only
 * where it contradicts an answer, and then by as little as possible: clocks that agree to the second are not corrected, and times do not jump.
 */
export class ServerClock {
  #low = -Infinity;
  #high = Infinity;
  #offset = 0;
  readonly #listeners = new Set<() => void>();

  /** @returns ms since the epoch */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** @param listener called when times that are shown are no longer right */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** @param tookMs from the request to the beginning of its answer, which has just come */
  note(date: string | null, tookMs: number): void {
    const second = Date.parse(date ?? '');
    if (Number.isNaN(second)) return;
    const local = Date.now();
    const low = second - local;
    const high = second + RESOLUTION_MS - (local - tookMs);
    const agrees = low <= this.#high && high >= this.#low;
    this.#low = agrees ? Math.max(low, this.#low) : low; // else one of the clocks was set
    this.#high = agrees ? Math.min(high, this.#high) : high;
    const offset = Math.min(Math.max(this.#offset, this.#low), this.#high);
    if (offset === this.#offset) return;
    this.#offset = offset;
    for (const listener of this.#listeners) listener();
  }
}

/** One for the page. */
export const serverClock = new ServerClock();
