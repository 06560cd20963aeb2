import type { Admission, RunPlace, RunQueue, WaitingRun } from '../../../application/ports/run-queue.js';
import { Turns } from '../../../application/turns.js';

/** `concurrency` run at once, `maxWaiting` more are let in. What waits is lost with the process: the store has it, and the next start queues it again. */
export class MemoryRunQueue implements RunQueue {
  readonly #concurrency: number;
  readonly #waiting = new Turns();
  readonly #running = new Set<Promise<void>>();
  #handler: ((run: WaitingRun) => Promise<void>) | null = null;
  readonly #maxWaiting: number;
  /** Places that are held for runs not put yet. */
  #admitted = 0;
  #stopped = false;

  constructor(concurrency: number, maxWaiting = Infinity) {
    this.#concurrency = concurrency;
    this.#maxWaiting = maxWaiting;
  }

  get isOpen(): boolean {
    return this.#handler !== null && !this.#stopped;
  }

  get busy(): boolean {
    return !this.isOpen || this.#running.size >= this.#concurrency;
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  admit(): Admission | null {
    const freeSlots = Math.max(0, this.#concurrency - this.#running.size);
    if (this.#waiting.size + this.#admitted >= freeSlots + this.#maxWaiting) return null;
    this.#admitted++;
    let isHeld = true;
    const release = (): void => {
      if (isHeld) this.#admitted--;
      isHeld = false;
    };
    return {
      put: (run) => {
        release();
        this.put(run);
      },
      release,
    };
  }

  put(run: WaitingRun): void {
    this.#waiting.add(run);
    this.#handOut();
  }

  remove(run: RunPlace): boolean {
    return this.#waiting.remove(run);
  }

  positionOf(run: RunPlace): number | null {
    return this.#waiting.positionOf(run);
  }

  consume(handler: (run: WaitingRun) => Promise<void>): void {
    this.#handler = handler;
    this.#handOut();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled(this.#running);
  }

  #handOut(): void {
    while (this.#handler && !this.#stopped && this.#running.size < this.#concurrency) {
      const run = this.#waiting.take();
      if (!run) return;
      const running = this.#handler(run)
        .catch(() => undefined) // the handler owns its errors; a slot must be free again whatever happens
        .finally(() => {
          this.#running.delete(running);
          this.#handOut();
        });
      this.#running.add(running);
    }
  }
}
