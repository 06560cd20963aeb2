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

/** What browsers let all requests that outlive a page have together is 64 KiB. */
const OUTLIVING_BYTES = 60_000;

type Report = PageReport & { readonly pieces: readonly OutputPiece[]; droppedBytes: number };

/** Tells the server what a script prints, in order, as it goes, and how it ended. */
export class RunReporter {
  readonly #runId: string;
  readonly #onEnded: () => void;
  #pieces: OutputPiece[] = [];
  #dropped = 0;
  #end: PageReport['end'];
  #part = 0;
  /** Sent, and not answered yet. */
  #unconfirmed: Report | null = null;
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

  /** The page is going away: what the server does not know yet goes out in requests that outlive it. */
  leave(message: string): void {
    if (this.#over) return;
    this.#over = true;
    const last = { ...this.#take(), end: this.#end ?? { status: 'canceled' as const, message } };
    last.droppedBytes += bytesOf(this.#pieces);
    void sendAtOnce(this.#runId, toOutlive([...(this.#unconfirmed ? [this.#unconfirmed] : []), last]));
  }

  async #sendOn(): Promise<void> {
    while (!this.#over) {
      if (this.#pieces.length === 0 && this.#dropped === 0 && !this.#end) await this.#something();
      await this.#send(this.#take());
      if (!this.#end) await pause(PAUSE_MS);
    }
  }

  #take(): Report {
    const pieces = this.#pieces.splice(0, PIECES);
    const droppedBytes = this.#dropped;
    this.#dropped = 0;
    const last = this.#pieces.length === 0;
    return { part: ++this.#part, pieces, droppedBytes, ...(last && this.#end && { end: this.#end }) };
  }

  async #send(report: Report): Promise<void> {
    this.#unconfirmed = report;
    while (!this.#over) {
      try {
        await reportRun(this.#runId, report);
        this.#unconfirmed = null;
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

/** The same reports, as far as they are small enough: the end has to come through, output that does not fit is counted. */
const toOutlive = (reports: readonly Report[]): Report[] => {
  let room = OUTLIVING_BYTES;
  return reports
    .toReversed()
    .map((report) => {
      const fitting =
        sizeOf(report) <= room
          ? report
          : { ...report, pieces: [], droppedBytes: report.droppedBytes + bytesOf(report.pieces) };
      room -= sizeOf(fitting);
      return fitting;
    })
    .toReversed();
};

/**
 * Sends them all at once, since a page that is going away may not get to wait for an answer. One that overtook the one before it is sent
 * once more.
 */
const sendAtOnce = async (runId: string, reports: readonly Report[]): Promise<void> => {
  const send = (report: Report): Promise<void> => reportRun(runId, report, { keepalive: true });
  const answers = await Promise.allSettled(reports.map(send));
  for (const [index, report] of reports.entries()) {
    const answer = answers[index];
    if (answer?.status === 'rejected' && isApiError(answer.reason, 'run.report-out-of-order'))
      await send(report).catch(() => undefined);
  }
};

const sizeOf = (report: Report): number => new Blob([JSON.stringify(report)]).size;
const bytesOf = (pieces: readonly OutputPiece[]): number => new Blob(pieces.map(({ line }) => line)).size;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
