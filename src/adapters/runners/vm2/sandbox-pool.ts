import type { Sandbox } from './sandbox.js';

/**
 * A spawn holds up this process for a millisecond and more, and then a processor for a tenth of a second: not while the first output of a
 * run that took one is due.
 */
const REFILL_MS = 30;
const REFILL_MAX_MS = 60_000;

/** Keeps sandboxes ready ahead of need. One that ends before its use is replaced, ever more slowly while none of them lasts. */
export class SandboxPool {
  readonly #size: number;
  readonly #make: () => Sandbox;
  readonly #ready = new Set<Sandbox>();
  #refill: NodeJS.Timeout | null = null;
  #refillMs = 0;
  #lost = 0;
  #filling = false;
  /** Taken, and their scripts have not begun. */
  #awaited = 0;
  #closed = false;

  constructor(size: number, make: () => Sandbox) {
    this.#size = size;
    this.#make = make;
  }

  /** Makes as many ready as are missing, and from now on one for each that is taken or lost. */
  fill(): void {
    this.#filling = true;
    try {
      while (!this.#closed && this.#awaited === 0 && this.#ready.size < this.#size) this.#add();
    } catch {
      this.#fillLaterStill(); // no process can be spawned now
    }
  }

  /** The sandbox that had the longest time to make itself ready, or a new one. @throws when that cannot be spawned. */
  take(): Sandbox {
    const [oldest] = this.#ready;
    if (oldest) this.#ready.delete(oldest);
    const sandbox = oldest ?? this.#make();
    this.#awaited++;
    void sandbox.started.then(() => {
      if (--this.#awaited === 0) this.#fillLater(REFILL_MS);
    });
    return sandbox;
  }

  /** A sandbox that was taken has begun its work: they can be made here. */
  worked(): void {
    this.#lost = 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#refill) clearTimeout(this.#refill);
    const rest = [...this.#ready];
    for (const sandbox of rest) sandbox.kill();
    await Promise.all(rest.map((sandbox) => sandbox.exited));
  }

  #add(): void {
    const sandbox = this.#make();
    this.#ready.add(sandbox);
    void sandbox.exited.then(() => {
      if (this.#ready.delete(sandbox)) this.#fillLaterStill();
    });
  }

  #fillLaterStill(): void {
    this.#fillLater(Math.min(REFILL_MS * 2 ** ++this.#lost, REFILL_MAX_MS));
  }

  #fillLater(ms: number): void {
    if (!this.#filling || this.#closed || (this.#refill && this.#refillMs <= ms)) return;
    if (this.#refill) clearTimeout(this.#refill);
    this.#refillMs = ms;
    this.#refill = setTimeout(() => {
      this.#refill = null;
      this.fill();
    }, ms);
    this.#refill.unref();
  }
}
