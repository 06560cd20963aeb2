import type { RunJob } from '../../../../application/ports/script-runner.js';
import { anyAborted } from '../../process/waiting.js';
import type { PendingScript } from '../launch.js';
import type { PreStartedShell } from './pre-started-shell.js';

export interface WarmPoolNeeds {
  readonly size: number;
  /** @param giveUp aborted when nobody waits for the shell any more */
  readonly start: (giveUp: AbortSignal) => Promise<PreStartedShell>;
}

/** Until the pool is refilled after a script has taken a shell, which a refill at once would slow down. */
const CALM_MS = 5;
/** The same while other scripts run: starting shells ahead takes time from them. */
const CALM_WHEN_BUSY_MS = 100;
/** A profile may set what changes with time: a date, a ticket. */
const POOLED_FOR_MS = 60_000;
/** How long a pre-started shell may take to start and to read its profile. */
const PROFILE_MS = 10_000;
/** Until a profile that leaves processes behind is tried again: it may have been mended. */
const LEAVES_PROCESSES_MS = 600_000;

interface Pooled {
  readonly shell: PreStartedShell;
  readonly startedAt: number;
}

/**
 * Shells started ahead of need, one after the other, and none while a script's own shell reads its profile: two profiles at the same time may
 * be in each other's way. Each is used once, and never when it is older than `POOLED_FOR_MS`.
 */
export class WarmPool {
  readonly #needs: WarmPoolNeeds;
  readonly #pooled: Pooled[] = [];
  readonly #discarding = new Set<Promise<void>>();
  /** Of scripts in processes of their own: whether they still read their profiles. */
  readonly #reading = new Set<() => boolean>();
  #filling: Promise<void> | null = null;
  #adding: Promise<void> | null = null;
  #giveUpAdding = new AbortController();
  #refill: NodeJS.Timeout | undefined;
  /** Starts that are left until the next `take`: where the profile ends the shell, none would ever be ready. */
  #tries: number;
  #restsUntil = 0;
  /** Have read their profile, and enter their containment. */
  readonly #entering = new Set<Promise<void>>();
  /** Scripts that run, in whatever process. */
  #running = 0;
  #closed = false;

  constructor(needs: WarmPoolNeeds) {
    this.#needs = needs;
    this.#tries = needs.size;
  }

  /** A shell that has been given the script. Null when none is ready. */
  take(job: Pick<RunJob, 'runId' | 'token' | 'script'>, directory: string): PreStartedShell | null {
    this.#tries = this.#needs.size;
    this.#refillSoon();
    for (;;) {
      const next = this.#pooled.shift();
      if (!next) return null;
      const isFit = next.shell.process.isWatched() && performance.now() - next.startedAt <= POOLED_FOR_MS;
      if (isFit && next.shell.give(job, directory)) return next.shell;
      this.discard(next.shell);
    }
  }

  /** Resolves when no shell reads its profile any more and the next that is on its way is pooled, or comes to nothing; null when none is. */
  get coming(): Promise<void> | null {
    return this.#adding || this.#entering.size > 0 ? this.#untilNext() : null;
  }

  /** A script in a process of its own, whose shell reads its profile first. */
  notice(script: PendingScript): void {
    let hasNotBegun = (): boolean => true;
    const reads = (): boolean => hasNotBegun();
    const forget = (): unknown => this.#reading.delete(reads);
    this.#reading.add(reads);
    script.running.then((running) => {
      hasNotBegun = () => running.hasNotBegun();
      running.process.ended.then(forget, forget);
    }, forget);
  }

  /** A script that runs until `ended` settles, in whatever process. Called after `take`. */
  accompany(ended: Promise<unknown>): void {
    this.#running++;
    const leave = (): unknown => this.#running--;
    ended.then(leave, leave);
  }

  /** For a shell that was taken and is good for nothing any more. */
  discard(shell: PreStartedShell): void {
    const done = shell.discard();
    this.#discarding.add(done);
    void done.then(() => this.#discarding.delete(done));
  }

  discardAll(): void {
    for (const { shell } of this.#pooled.splice(0)) this.discard(shell);
  }

  /** Never rejects: without a pooled shell each script starts its own. */
  async fill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => (this.#filling = null));
    await this.#filling;
    await Promise.all(this.#entering);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#giveUpAdding.abort();
    clearTimeout(this.#refill);
    this.discardAll();
    await this.#filling;
    await Promise.all(this.#entering);
    await Promise.all(this.#discarding);
  }

  async #fill(): Promise<void> {
    try {
      while (this.#pooled.length + this.#entering.size < this.#needs.size && this.#tries > 0 && this.#mayStart()) {
        if (this.#profileIsBeingRead()) {
          this.#refillSoon();
          return;
        }
        this.#tries--;
        this.#adding = this.#add().finally(() => (this.#adding = null));
        await this.#adding;
      }
    } catch {
      // the next run that starts a process of its own meets the reason
    }
  }

  async #untilNext(): Promise<void> {
    await this.#adding?.catch(() => undefined);
    if (this.#entering.size > 0) await Promise.race(this.#entering);
  }

  #profileIsBeingRead(): boolean {
    for (const reads of this.#reading) if (!reads()) this.#reading.delete(reads);
    return this.#reading.size > 0;
  }

  #mayStart(): boolean {
    return !this.#closed && performance.now() >= this.#restsUntil;
  }

  async #add(): Promise<void> {
    const startedAt = performance.now();
    const giveUp = (this.#giveUpAdding = new AbortController());
    const late = setTimeout(() => giveUp.abort(), PROFILE_MS).unref();
    const shell = await this.#start(giveUp.signal).finally(() => clearTimeout(late));
    if (!shell) return;
    const entering = shell.contained.then(() => {
      this.#entering.delete(entering);
      if (this.#closed) this.discard(shell);
      else this.#pool({ shell, startedAt });
    });
    this.#entering.add(entering);
  }

  /** Null when it is not usable. */
  async #start(giveUp: AbortSignal): Promise<PreStartedShell | null> {
    const shell = await this.#needs.start(giveUp);
    if (await this.#isUsable(shell, giveUp)) return shell;
    this.discard(shell);
    return null;
  }

  #pool(pooled: Pooled): void {
    const { shell } = pooled;
    this.#pooled.push(pooled);
    void shell.process.ended.then(() => {
      const index = this.#pooled.indexOf(pooled);
      if (index === -1) return;
      this.#pooled.splice(index, 1);
      this.discard(shell);
      this.#refillSoon();
    });
  }

  async #isUsable(shell: PreStartedShell, giveUp: AbortSignal): Promise<boolean> {
    const isReady = await Promise.race([shell.becomesReady(), anyAborted(giveUp).then(() => false)]);
    if (!isReady || this.#closed) return false;
    const leavesNobody = (await shell.companions()) === 0;
    if (!leavesNobody) this.#restsUntil = performance.now() + LEAVES_PROCESSES_MS;
    return leavesNobody;
  }

  /** Once no shell has been asked for for a moment. */
  #refillSoon(): void {
    if (this.#closed) return;
    const calmMs = this.#pooled.length === 0 && this.#running > 0 ? CALM_WHEN_BUSY_MS : CALM_MS;
    clearTimeout(this.#refill);
    this.#refill = setTimeout(() => void this.fill(), calmMs).unref();
  }
}
