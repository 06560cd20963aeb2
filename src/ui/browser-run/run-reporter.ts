import { isApiError } from '../api/api-error.js';
import { type PageReport, reportRun } from '../api/browser-runs.js';
import type { OutputPiece } from './frame-message.js';

/** The server gives up a run of which it hears nothing, and tells of a cancel when it is asked. */
const HEARTBEAT_MS = 2000;
/** Between two reports, so that what comes quickly goes in one. */
const PAUSE_MS = 150;
const RETRY_MS = 1000;
/** Pieces in one report, as the contract has it. */
const PIECES = 1000;

/** Tells the server what a script prints, in order, as it goes, and how it ended. */
export class RunReporter {
  readonly #runId: string;
  readonly #onEnded: () => void;
  #pieces: OutputPiece[] = [];
  #dropped = 0;
  #end: PageReport['end'];
  #part = 0;
  #over = false;
  #wake: () => void = () => undefined;
  readonly #sent: Promise<void>;

  /** @param onEnded called when the run has ended without this page: canceled, or given up */
  constructor(runId: string, onEnded: () => void) {
    this.#runId = runId;
    this.#onEnded = onEnded;
    this.#sent = this.#sendOn();
  }

  output(pieces: readonly OutputPiece[], dropped: number): void {
    this.#pieces.push(...pieces);
    this.#dropped += dropped;
    this.#wake();
  }

  /** Resolves when the server knows, or nobody listens any more. */
  end(end: NonNullable<PageReport['end']>): Promise<void> {
    this.#end ??= end;
    this.#wake();
    return this.#sent;
  }

  /** Resolves when what was printed so far is told. */
  async flush(): Promise<void> {
    while (!this.#over && this.#pieces.length > 0) {
      this.#wake();
      await pause(PAUSE_MS);
    }
  }

  /** The page is going away: one last report, which outlives it. */
  leave(message: string): void {
    if (this.#over) return;
    this.#over = true;
    const end = this.#end ?? { status: 'canceled' as const, message };
    const report = { ...this.#take(), end };
    // Browsers let little outlive a page; the end has to come through, the last output should.
    const fits = JSON.stringify(report).length < 60_000;
    void reportRun(this.#runId, fits ? report : { part: report.part, end }, { keepalive: true }).catch(() => undefined);
  }

  async #sendOn(): Promise<void> {
    while (!this.#over) {
      if (this.#pieces.length === 0 && this.#dropped === 0 && !this.#end) await this.#something();
      await this.#send(this.#take());
      if (!this.#end) await pause(PAUSE_MS);
    }
  }

  #take(): PageReport {
    const pieces = this.#pieces.splice(0, PIECES);
    const droppedBytes = this.#dropped;
    this.#dropped = 0;
    const last = this.#pieces.length === 0;
    return { part: ++this.#part, pieces, droppedBytes, ...(last && this.#end && { end: this.#end }) };
  }

  async #send(report: PageReport): Promise<void> {
    while (!this.#over) {
      try {
        await reportRun(this.#runId, report);
        if (report.end) this.#over = true;
        return;
      } catch (error) {
        if (isForGood(error)) {
          this.#over = true;
          this.#onEnded();
        } else await pause(RETRY_MS);
      }
    }
  }

  #something(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, HEARTBEAT_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Whether trying again is in vain. A lost server or login comes back. */
const isForGood = (error: unknown): boolean =>
  isApiError(error) && error.status >= 400 && error.status < 500 && error.status !== 401 && error.status !== 429;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
