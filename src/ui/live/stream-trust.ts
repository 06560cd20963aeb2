const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 600_000;

/** How often streams have been given up here because nothing came. One for the page: what holds them back lies between it and the server. */
class StreamTrust {
  #stalls = 0;

  /** Nothing may come over the next one either. */
  get doubted(): boolean {
    return this.#stalls > 0;
  }

  /** How long to do without one: a connection that died is opened anew at once, a proxy that holds back events will go on doing so. */
  get retryMs(): number {
    return this.#stalls < 2 ? 0 : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#stalls - 2));
  }

  stalled(): void {
    this.#stalls++;
  }

  restore(): void {
    this.#stalls = 0;
  }
}

export const streamTrust = new StreamTrust();
