import type { RunQueue } from '../../../application/ports/run-queue.js';

/** First in, first out, `concurrency` at once. What waits is lost with the process: the store has it, and the next start queues it again. */
export class MemoryRunQueue implements RunQueue {
  readonly #concurrency: number;
  /** In insertion order, which a Set keeps. */
  readonly #waiting = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #handler: ((runId: string) => Promise<void>) | null = null;
  #stopped = false;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  get busy(): boolean {
    return !this.#handler || this.#stopped || this.#running.size >= this.#concurrency;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  put(runId: string): void {
    this.#waiting.add(runId);
    this.#handOut();
  }

  remove(runId: string): boolean {
    return this.#waiting.delete(runId);
  }

  consume(handler: (runId: string) => Promise<void>): void {
    this.#handler = handler;
    this.#handOut();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled(this.#running);
  }

  #handOut(): void {
    while (this.#handler && !this.#stopped && this.#running.size < this.#concurrency) {
      const [runId] = this.#waiting;
      if (runId === undefined) return;
      this.#waiting.delete(runId);
      const running = this.#handler(runId)
        .catch(() => undefined) // the handler owns its errors; a slot must be free again whatever happens
        .finally(() => {
          this.#running.delete(running);
          this.#handOut();
        });
      this.#running.add(running);
    }
  }
}
