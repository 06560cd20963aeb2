import type { EndingCause } from '../domain/run/run-outcome.js';
import type { RunControl } from './ports/run-control.js';

/** How one running run is told to end. The first cause stands. */
export class RunEnding {
  readonly #terminate = new AbortController();
  readonly #kill = new AbortController();
  #cause: EndingCause | null = null;

  readonly terminate: AbortSignal = this.#terminate.signal;
  readonly kill: AbortSignal = this.#kill.signal;

  get cause(): EndingCause | null {
    return this.#cause;
  }

  begin(cause: EndingCause): void {
    this.#cause ??= cause;
    this.#terminate.abort();
  }

  killNow(cause: EndingCause): void {
    this.begin(cause);
    this.#kill.abort();
  }

  /** Ends it at once for no cause that a run has: Runlet itself has failed. */
  abort(): void {
    this.#terminate.abort();
    this.#kill.abort();
  }
}

/** The runs that this server executes now. */
export class RunEndings implements RunControl {
  readonly #endings = new Map<string, RunEnding>();

  start(runId: string): RunEnding {
    const ending = new RunEnding();
    this.#endings.set(runId, ending);
    return ending;
  }

  finished(runId: string): void {
    this.#endings.delete(runId);
  }

  cancel(runId: string): void {
    const ending = this.#endings.get(runId);
    if (ending?.cause === null) ending.begin('canceled');
    else ending?.killNow('canceled');
  }

  endAll(cause: EndingCause): void {
    for (const ending of this.#endings.values()) ending.begin(cause);
  }

  killAll(cause: EndingCause): void {
    for (const ending of this.#endings.values()) ending.killNow(cause);
  }
}
