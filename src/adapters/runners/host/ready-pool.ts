import type { ReadyProcess } from './ready-process.js';

/** Processes started ahead of need: a run then waits for neither fork nor cgroup. Each is used once. */
export class ReadyPool {
  readonly #size: number;
  readonly #start: () => Promise<ReadyProcess>;
  readonly #ready: ReadyProcess[] = [];
  #filling: Promise<void> | null = null;
  #refill: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(size: number, start: () => Promise<ReadyProcess>) {
    this.#size = size;
    this.#start = start;
  }

  /**
   * One that becomes the program, at once. Null when none is ready or the program is null.
   * @param body what the program finds as descriptor 3
   * @param program for sh(1), given the cookie of the process
   */
  take(body: string, program: (cookie: string) => string | null): ReadyProcess | null {
    this.#refillSoon();
    const [ready] = this.#ready;
    const told = ready && program(ready.cookie);
    if (!ready || told === undefined || told === null) return null;
    this.#ready.shift();
    return ready.become(body, told) ? ready : null;
  }

  /** Never rejects: without ready processes each script starts one of its own. */
  fill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => (this.#filling = null));
    return this.#filling;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#refill) clearTimeout(this.#refill);
    await this.#filling;
    await Promise.all(this.#ready.splice(0).map((ready) => ready.discard()));
  }

  async #fill(): Promise<void> {
    try {
      while (!this.#closed && this.#ready.length < this.#size) this.#add(await this.#start());
    } catch {
      // the next run that starts a process of its own meets the reason
    }
  }

  #add(ready: ReadyProcess): void {
    this.#ready.push(ready);
    void ready.process.ended.then(() => {
      const index = this.#ready.indexOf(ready);
      if (index === -1) return;
      this.#ready.splice(index, 1);
      void ready.discard();
    });
  }

  /** Not at once: it would slow down the script that has just been started. */
  #refillSoon(): void {
    if (this.#closed) return;
    this.#refill ??= setTimeout(() => {
      this.#refill = null;
      void this.fill();
    }, REFILL_MS).unref();
  }
}

const REFILL_MS = 10;
