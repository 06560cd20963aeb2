import type { Clock } from '../../../application/ports/clock.js';
import type { PageReport, PageReports } from '../../../application/ports/page-reports.js';
import type { RunWatch } from '../../../application/ports/script-runner.js';
import { LIMITS } from '../../../domain/limits.js';
import type { RunOutcome } from '../../../domain/run/run-outcome.js';
import { headOfUtf8, utf8Length } from '../../../domain/text.js';
import { toOutcome } from './page-end.js';

/** A page reports every few seconds, but browsers let pages that nobody looks at act only once a minute. */
export const SILENCE_MS = 150_000;
/** For the same reason a page may be late to end a script whose time is over, and to say so. */
export const LATENESS_MS = 90_000;

/** One run of a browser script, as far as its page tells. */
export class PageRun {
  /** How it ended. */
  readonly ended: Promise<RunOutcome>;
  readonly #clock: Clock;
  readonly #lastMoment: number;
  readonly #over = new AbortController();
  #settle: (outcome: RunOutcome) => void = () => undefined;
  #begin: (watch: RunWatch) => void = () => undefined;
  #begun = false;
  /** Reports are handed on one after the other, the first when the execution has begun. */
  #handed: Promise<RunWatch>;
  #part = 0;
  #heardAt: number;
  #keptBytes = 0;
  #dropped = false;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#heardAt = clock.monotonic();
    this.#lastMoment = this.#heardAt + timeoutMs + LATENESS_MS;
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    this.#handed = new Promise((resolve) => (this.#begin = resolve));
    void this.#listen();
  }

  /** Resolves when more may come. */
  async take(report: PageReport): ReturnType<PageReports['take']> {
    if (this.#over.signal.aborted) return 'nobody';
    this.#heardAt = this.#clock.monotonic();
    if (report.part <= this.#part) return 'taken';
    if (report.part > this.#part + 1) return { expected: this.#part + 1 };
    this.#part = report.part;
    this.#handed = this.#handed.then((watch) => this.#hand(report, watch));
    if (this.#begun) await this.#handed;
    return 'taken';
  }

  async execute(watch: RunWatch): Promise<RunOutcome> {
    const stop = (): void => this.end({ kind: 'exited', exitCode: null, signal: null, leftovers: [] });
    for (const signal of [watch.terminate, watch.kill]) {
      signal.addEventListener('abort', stop, { signal: this.#over.signal });
      if (signal.aborted) stop();
    }
    this.#begun = true;
    this.#begin(watch);
    return this.ended;
  }

  end(outcome: RunOutcome): void {
    this.#settle(outcome);
    this.#over.abort();
  }

  async #hand({ pieces, droppedBytes, end }: PageReport, watch: RunWatch): Promise<RunWatch> {
    for (const { stream, line } of pieces) await this.#print(watch, stream, line);
    if (droppedBytes > 0) this.#drop(watch, droppedBytes);
    if (end) this.end(toOutcome(end));
    return watch;
  }

  async #print(watch: RunWatch, stream: 'stdout' | 'stderr', line: string): Promise<void> {
    const text = wellFormed(line);
    const bytes = utf8Length(text);
    const head = headOfUtf8(text, LIMITS.pageOutputBytes - this.#keptBytes);
    const kept = utf8Length(head);
    this.#keptBytes += kept;
    if (kept > 0) await watch.output(stream, head, kept);
    if (kept < bytes) this.#drop(watch, bytes - kept);
  }

  #drop(watch: RunWatch, bytes: number): void {
    if (!this.#dropped)
      watch.note(`output past ${LIMITS.pageOutputBytes} bytes of a browser script is counted, not kept`);
    this.#dropped = true;
    watch.dropped(bytes);
  }

  async #listen(): Promise<void> {
    const { signal } = this.#over;
    try {
      for (;;) {
        const now = this.#clock.monotonic();
        const wait = Math.min(this.#heardAt + SILENCE_MS, this.#lastMoment) - now;
        if (wait <= 0) break;
        await this.#clock.after(wait, signal);
      }
      this.end(lost('the page that ran it has not told its end: it was closed, or lost its connection'));
    } catch {
      // it has ended
    }
  }
}

export const lost = (message: string): RunOutcome => ({
  kind: 'reported',
  status: 'failed',
  reason: 'interrupted',
  exitCode: null,
  message,
});

/** A page prints text: half of a surrogate pair must not be taken for a byte. */
const wellFormed = (text: string): string => text.replace(/[\ud800-\udfff]/gu, '\ufffd');
