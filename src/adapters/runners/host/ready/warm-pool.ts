import type { PreStartedShell, ShellTask } from './pre-started-shell.js';

export interface WarmPoolNeeds {
  readonly size: number;
  readonly start: () => Promise<PreStartedShell>;
  /** Of everything that a shell reads at start-up. A pooled shell is used only while it is unchanged. */
  readonly fingerprint: () => string;
}

/** A refill at once would slow down the script that has just been started. */
const CALM_MS = 5;
/** After a miss: while many runs start, starting shells ahead only takes time from those runs. */
const CALM_AFTER_MANY_MS = 100;
/** A profile may set what changes with time: a date, a ticket. */
const POOLED_FOR_MS = 60_000;

interface Pooled {
  readonly shell: PreStartedShell;
  readonly fingerprint: string;
  readonly startedAt: number;
}

/** Shells started ahead of need. Each is used once, and never when it is older than `POOLED_FOR_MS`. */
export class WarmPool {
  readonly #needs: WarmPoolNeeds;
  readonly #pooled: Pooled[] = [];
  readonly #discarding = new Set<Promise<void>>();
  #filling: Promise<void> | null = null;
  #refill: NodeJS.Timeout | undefined;
  /** Starts that are left until the next `take`: where the profile ends the shell, none would ever be ready. */
  #tries: number;
  #closed = false;

  constructor(needs: WarmPoolNeeds) {
    this.#needs = needs;
    this.#tries = needs.size;
  }

  /** A shell that now runs the script. Null when none is ready. */
  take(task: ShellTask): PreStartedShell | null {
    this.#tries = this.#needs.size;
    const isEmpty = this.#pooled.length === 0;
    this.#refillSoon(isEmpty ? CALM_AFTER_MANY_MS : CALM_MS);
    if (isEmpty) return null; // the fingerprint is read from the disk
    const fingerprint = this.#needs.fingerprint();
    for (;;) {
      const next = this.#pooled.shift();
      if (!next) return null;
      if (next.fingerprint !== fingerprint || performance.now() - next.startedAt > POOLED_FOR_MS)
        this.#discard(next.shell);
      else return next.shell.become(task) ? next.shell : null;
    }
  }

  /** Never rejects: without a pooled shell each script starts its own. */
  fill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => (this.#filling = null));
    return this.#filling;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#refill);
    await this.#filling;
    for (const { shell } of this.#pooled.splice(0)) this.#discard(shell);
    await Promise.all(this.#discarding);
  }

  async #fill(): Promise<void> {
    try {
      while (this.#pooled.length < this.#needs.size && this.#tries-- > 0 && !this.#closed) await this.#add();
    } catch {
      // the next run that starts a process of its own meets the reason
    }
  }

  async #add(): Promise<void> {
    const fingerprint = this.#needs.fingerprint();
    const startedAt = performance.now();
    const shell = await this.#needs.start();
    const pooled = { shell, fingerprint, startedAt };
    this.#pooled.push(pooled);
    void shell.process.ended.then(() => {
      const index = this.#pooled.indexOf(pooled);
      if (index === -1) return;
      this.#pooled.splice(index, 1);
      this.#discard(shell);
      this.#refillSoon(CALM_MS);
    });
  }

  #discard(shell: PreStartedShell): void {
    const done = shell.discard();
    this.#discarding.add(done);
    void done.then(() => this.#discarding.delete(done));
  }

  /** Once no shell has been taken for `calmMs`. */
  #refillSoon(calmMs: number): void {
    if (this.#closed) return;
    clearTimeout(this.#refill);
    this.#refill = setTimeout(() => void this.fill(), calmMs).unref();
  }
}
