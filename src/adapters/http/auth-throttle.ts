import { isIPv6 } from 'node:net';
import type { Clock } from '../../application/ports/clock.js';

const FAILURES = 10;
const WINDOW_MS = 60_000;
/** Of more than this, those that failed longest ago are forgotten. */
const ADDRESSES = 10_000;

interface Chances {
  /** On the monotonic clock, oldest first, within the last `WINDOW_MS`. */
  failedAt: number[];
  checking: number;
  readonly waiting: (() => void)[];
}

/**
 * Gives each address ten wrong credentials a minute. A check under way holds one of its chances, so that guesses sent all at once
 * get no more than guesses sent in a row; a right one gives it back.
 */
export class AuthThrottle {
  readonly #clock: Clock;
  readonly #chances = new Map<string, Chances>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `check`, whose null is a failure, unless the address has failed too often: then answers the ms until it may try again. */
  async attempt<T>(address: string, check: () => Promise<T | null>): Promise<{ found: T | null } | { waitMs: number }> {
    const key = networkOf(address);
    const chances = this.#chances.get(key) ?? { failedAt: [], checking: 0, waiting: [] };
    this.#chances.set(key, chances);
    for (;;) {
      const waitMs = this.#waitMs(chances);
      if (waitMs > 0) return { waitMs };
      if (chances.failedAt.length + chances.checking < FAILURES) break;
      await new Promise<void>((resolve) => chances.waiting.push(resolve));
    }
    chances.checking++;
    let failed = false;
    try {
      const found = await check();
      failed = found === null;
      return { found };
    } finally {
      chances.checking--;
      this.#settle(key, chances, failed);
    }
  }

  #waitMs(chances: Chances): number {
    const now = this.#clock.monotonic();
    chances.failedAt = chances.failedAt.filter((at) => at > now - WINDOW_MS);
    const [oldest] = chances.failedAt;
    return oldest !== undefined && chances.failedAt.length >= FAILURES ? oldest + WINDOW_MS - now : 0;
  }

  #settle(key: string, chances: Chances, failed: boolean): void {
    if (failed) {
      chances.failedAt.push(this.#clock.monotonic());
      this.#chances.delete(key); // so that the order is that of the last failure
      this.#chances.set(key, chances);
      const oldest = this.#chances.size > ADDRESSES ? this.#chances.keys().next().value : undefined;
      if (oldest !== undefined) this.#chances.delete(oldest);
    }
    if (this.#waitMs(chances) > 0) for (const wake of chances.waiting.splice(0)) wake();
    else chances.waiting.shift()?.();
    if (chances.failedAt.length + chances.checking + chances.waiting.length === 0) this.#chances.delete(key);
  }
}

/** Who has one IPv6 address has the whole /64. */
const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':');
};
