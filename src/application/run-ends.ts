import { isDomainError } from '../domain/errors.js';
import { isFinal, type RunEnd, type ScriptRun } from '../domain/run/script-run.js';
import { announceEnd } from './announce-end.js';
import { internalEnd, messageOf, reducedEnd } from './internal-end.js';
import type { Clock } from './ports/clock.js';
import type { EventBus } from './ports/event-bus.js';
import type { Log } from './ports/log.js';
import type { RunLog } from './ports/run-log.js';
import type { RunRepository } from './ports/run-repository.js';
import type { Problems } from './problems.js';

/** Between two tries while the store does not answer, and while it refuses the end. */
const RETRY_MS = 500;
const REFUSED_RETRY_MS = 5000;
/** So many ends may be tried again in the background; whoever brings another waits for it. */
const MAX_IN_BACKGROUND = 100;

/** A run to be ended: one that `token` holds, or that is queued. */
export interface EndingRun {
  readonly id: string;
  readonly token: string | null;
}

interface Needs {
  runs: RunRepository;
  runLog: RunLog;
  bus: EventBus;
  clock: Clock;
  log: Log;
  problems: Problems;
  /** Aborted: stop trying. */
  abandon: AbortSignal;
}

/**
 * Stores how runs end, and tells it once it is stored. An end that the store does not take is tried again until it does, and is a problem
 * of the service until then. One that the store refuses for what is in it is stored as `internal`, with what it was in words.
 */
export class RunEnds {
  readonly #needs: Needs;
  /** By run, why its end is not stored yet. */
  readonly #failures = new Map<string, string>();
  readonly #pending = new Set<Promise<void>>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Resolves when the end is stored; also when the store refuses it, which is tried again in the background. Never rejects. */
  async record(run: EndingRun, end: RunEnd): Promise<void> {
    let letGo = (): void => undefined;
    const refused = new Promise<void>((resolve) => (letGo = resolve));
    const stored = this.#untilStored(run, end, letGo).catch((error: unknown) => {
      this.#needs.log.error(
        { err: error, runId: run.id },
        'the end of a run could not be stored; the next start of the server ends it',
      );
    });
    this.#pending.add(stored);
    void stored.then(() => this.#pending.delete(stored));
    await Promise.race([stored, refused]);
  }

  /** Ends a run at which Runlet itself failed. */
  async recordFailure(run: EndingRun, error: unknown): Promise<void> {
    const { log, runLog } = this.#needs;
    log.error({ err: error, runId: run.id }, 'Runlet failed at a run, which ends as internal');
    const lastSeq = await runLog.lastSeq(run.id).catch(() => 0);
    await this.record(run, internalEnd(error, lastSeq));
  }

  /** Resolves when nothing is left to be stored. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #untilStored(run: EndingRun, end: RunEnd, onRefused: () => void): Promise<void> {
    const { clock, abandon } = this.#needs;
    const at = clock.now();
    for (;;) {
      try {
        const ended = await this.#store(run, end, at);
        this.#noteStored(run.id);
        this.#tell(run, ended);
        return;
      } catch (error) {
        abandon.throwIfAborted();
        this.#noteFailure(run.id, error);
        const isAway = isDomainError(error, 'store.unavailable');
        if (!isAway && this.#failures.size <= MAX_IN_BACKGROUND) onRefused();
        await clock.after(isAway ? RETRY_MS : REFUSED_RETRY_MS, abandon);
      }
    }
  }

  async #store(run: EndingRun, end: RunEnd, at: Date): Promise<ScriptRun | null> {
    try {
      return await this.#write(run, end, at);
    } catch (error) {
      if (isDomainError(error, 'store.unavailable')) throw error;
      return this.#write(run, reducedEnd(end, error), at);
    }
  }

  /** The run with its end. Null when it is another's. */
  async #write({ id, token }: EndingRun, end: RunEnd, at: Date): Promise<ScriptRun | null> {
    const { runs } = this.#needs;
    const ended =
      (token === null ? null : await runs.finishRunning(id, token, end, at)) ?? (await runs.finishQueued(id, end, at));
    if (ended) return ended;
    // Ended already: by a write whose answer was lost on the way, or by whoever took the claim.
    const found = await runs.find(id);
    if (!found || 'broken' in found) return null;
    if (isFinal(found.status)) return found;
    if (found.status === 'running' && found.claim.token !== token) return null;
    throw new Error(`the store left it ${found.status}`);
  }

  #tell({ id }: EndingRun, ended: ScriptRun | null): void {
    const { bus, log } = this.#needs;
    if (!ended) {
      log.error({ runId: id }, 'the claim of a run was lost while it ran; its end was not stored by this server');
      return;
    }
    try {
      announceEnd(bus, ended);
    } catch (error) {
      log.error({ err: error, runId: id }, 'the end of a run is stored, and viewers could not be told');
    }
  }

  #noteFailure(runId: string, error: unknown): void {
    this.#failures.set(runId, messageOf(error));
    this.#report();
  }

  #noteStored(runId: string): void {
    if (this.#failures.delete(runId)) this.#report();
  }

  #report(): void {
    const { problems } = this.#needs;
    const reason = [...this.#failures.values()].at(-1);
    if (reason === undefined) problems.clear('runs.end-not-stored');
    else {
      const what = this.#failures.size === 1 ? 'the end of 1 run' : `the ends of ${this.#failures.size} runs`;
      problems.raise(
        'runs.end-not-stored',
        `${what} could not be stored: ${reason}; make the store take it, it is tried again every few seconds`,
      );
    }
  }
}
