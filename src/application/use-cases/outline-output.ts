import type { LogEvent, LogStream } from '../../domain/run/run-event.js';
import { countNewlines } from '../../domain/text.js';
import type { Clock } from '../ports/clock.js';
import type { RunLog } from '../ports/run-log.js';
import { ReadableLog } from '../readable-log.js';
import type { GetRun } from './get-run.js';

/** A stretch of a run's log that one page of events holds. Lines are counted as the search counts them. */
export interface OutlineSection {
  /** Of its first event; it goes on to the one before the next section. */
  readonly seq: number;
  /** The number of the first line of stdout or stderr that begins in it. */
  readonly line: number;
  /** How many lines begin in it. Those of `system` have no number. */
  readonly begins: Readonly<Record<LogStream, number>>;
  /** Streams whose last line before it goes on in it. */
  readonly open: readonly LogStream[];
}

/**
 * Where the lines of a run's stored output are, so that a viewer can show any of them without having read the others. `lastSeq` is the last
 * event that was read: the end of the log now, unless time ran out.
 * @throws DomainError `run.not-found`, `run.unreadable`
 */
export type OutlineOutput = (query: { runId: string }) => Promise<{
  sections: readonly OutlineSection[];
  lastSeq: number;
}>;

/** What takes longer is answered as far as it got. */
const OUTLINE_MS = 10_000;
/** A section ends where no line is open once it has this many characters, or at twice that, or with the last event that a page may have. */
const SECTION_CHARACTERS = 128 * 1024;
const SECTION_EVENTS = 200;
const READ_BYTES = 256 * 1024;

export const makeOutlineOutput =
  ({ getRun, runLog, clock }: { getRun: GetRun; runLog: RunLog; clock: Clock }): OutlineOutput =>
  async ({ runId }) => {
    const log = new ReadableLog(runLog, await getRun(runId));
    const deadline = clock.monotonic() + OUTLINE_MS;
    const outline = new Outline();
    for (let seq = 0; ;) {
      const { events } = await log.read(seq, SECTION_EVENTS, READ_BYTES);
      const last = events.at(-1);
      if (!last) return { sections: outline.sections, lastSeq: seq };
      for (const event of events) {
        outline.enter(event.seq);
        if (event.type === 'log') outline.add(JSON.parse(event.json) as LogEvent);
      }
      seq = last.seq;
      if (clock.monotonic() > deadline) return { sections: outline.sections, lastSeq: seq };
    }
  };

class Outline {
  readonly sections: OutlineSection[] = [];
  readonly #open = new Set<LogStream>();
  #begins: Record<LogStream, number> = { stdout: 0, stderr: 0, system: 0 };
  #line = 1;
  #characters = 0;
  #events = 0;

  /** The next event, of whatever type. */
  enter(seq: number): void {
    const full = this.#characters >= SECTION_CHARACTERS * (this.#open.size === 0 ? 1 : 2);
    if (this.sections.length === 0 || full || this.#events === SECTION_EVENTS) this.#begin(seq);
    this.#events++;
  }

  add({ stream, line }: LogEvent): void {
    if (line === '') return;
    const begins = (this.#open.has(stream) ? 0 : 1) + countNewlines(line) - (line.endsWith('\n') ? 1 : 0);
    this.#begins[stream] += begins;
    if (stream !== 'system') this.#line += begins;
    if (line.endsWith('\n')) this.#open.delete(stream);
    else this.#open.add(stream);
    this.#characters += line.length;
  }

  #begin(seq: number): void {
    this.#begins = { stdout: 0, stderr: 0, system: 0 };
    this.sections.push({ seq, line: this.#line, begins: this.#begins, open: [...this.#open] });
    this.#characters = 0;
    this.#events = 0;
  }
}
