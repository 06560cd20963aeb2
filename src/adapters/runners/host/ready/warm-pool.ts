import type { ReadyProcess, ReadyTask } from './pre-started-shell.js';

export interface ReadyPoolNeeds {
  readonly size: number;
  readonly start: () => Promise<ReadyProcess>;
  /** Tells, by a value that stays the same, that a process started now would be as one that was started before. */
  readonly origin: () => string;
}

/** Not at once: it would slow down the script that has just been started. */
const CALM_MS = 5;
/** When none was ready for the last one: in the midst of many, to start them ahead only takes from those that run. */
const CALM_AFTER_MANY_MS = 100;
/** A profile may set what changes with time: a date, a ticket. */
const READY_FOR_MS = 60_000;

interface Waiting {
  readonly ready: ReadyProcess;
  readonly origin: string;
  readonly startedAt: number;
}

/** Processes started ahead of need. Each is used once, and not when it is old. */
export class ReadyPool {
  readonly #needs: ReadyPoolNeeds;
  readonly #waiting: Waiting[] = [];
  readonly #discarding = new Set<Promise<void>>();
  #filling: Promise<void> | null = null;
  #refill: NodeJS.Timeout | undefined;
  /** So many until the next is asked for: where a profile ends the shell, none would ever be ready. */
  #tries: number;
  #closed = false;

  constructor(needs: ReadyPoolNeeds) {
    this.#needs = needs;
    this.#tries = needs.size;
  }

  /** One that becomes the script, at once. Null when none is ready. */
  take(task: ReadyTask): ReadyProcess | null {
    this.#tries = this.#needs.size;
    const noneIsReady = this.#waiting.length === 0;
    this.#refillSoon(noneIsReady ? CALM_AFTER_MANY_MS : CALM_MS);
    if (noneIsReady) return null; // the origin is looked up on the disk
    const origin = this.#needs.origin();
    for (;;) {
      const next = this.#waiting.shift();
      if (!next) return null;
      if (next.origin !== origin || performance.now() - next.startedAt > READY_FOR_MS) this.#discard(next.ready);
      else return next.ready.become(task) ? next.ready : null;
    }
  }

  /** Never rejects: without ready processes each script starts one of its own. */
  fill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => (this.#filling = null));
    return this.#filling;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#refill);
    await this.#filling;
    for (const { ready } of this.#waiting.splice(0)) this.#discard(ready);
    await Promise.all(this.#discarding);
  }

  async #fill(): Promise<void> {
    try {
      while (this.#waiting.length < this.#needs.size && this.#tries-- > 0 && !this.#closed) await this.#add();
    } catch {
      // the next run that starts a process of its own meets the reason
    }
  }

  async #add(): Promise<void> {
    const origin = this.#needs.origin();
    const startedAt = performance.now();
    const ready = await this.#needs.start();
    const waiting = { ready, origin, startedAt };
    this.#waiting.push(waiting);
    void ready.process.ended.then(() => {
      const index = this.#waiting.indexOf(waiting);
      if (index === -1) return;
      this.#waiting.splice(index, 1);
      this.#discard(ready);
      this.#refillSoon(CALM_MS);
    });
  }

  #discard(ready: ReadyProcess): void {
    const done = ready.discard();
    this.#discarding.add(done);
    void done.then(() => this.#discarding.delete(done));
  }

  /** When none has been taken for so long. */
  #refillSoon(calmMs: number): void {
    if (this.#closed) return;
    clearTimeout(this.#refill);
    this.#refill = setTimeout(() => void this.fill(), calmMs).unref();
  }
}
