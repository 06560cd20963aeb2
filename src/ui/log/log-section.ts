import { MOVES } from './control-sequences.js';
import { LineAssembler, type LogLine } from './line-assembler.js';
import { LineCounter, type LogPlace } from './line-counter.js';
import { type LogEventItem, type LogStream, STREAMS } from './log-event.js';
import type { LogRow } from './log-row.js';

interface Made {
  readonly assembler: LineAssembler;
  readonly rows: LogRow[];
  /** How many of the section's events. */
  events: number;
  /** Of what follows: the last event, and the section that the next one is looked for in. */
  seq: number;
  next: LogSection | null;
}

/** A stretch of the log: how many rows begin in it is always known, its text is held or not, rows are made when they are looked at. */
export class LogSection {
  readonly firstSeq: number;
  readonly place: LogPlace;
  /** Rows by stream. What the server tells of are lines: they are fewer rows where lines are printed over others. */
  readonly begins: Record<LogStream, number>;
  /** The last event in it, once it has an end. */
  lastSeq = Infinity;
  /** The one after it, which may change its last rows. */
  next: LogSection | null = null;
  /** Lines of it are printed over rows that are there; as far as that is known. */
  goesUp = false;
  /** Of the text that is held. */
  characters = 0;
  #events: LogEventItem[] | null = null;
  /** What follows in the log, where that was read with it. */
  #after: readonly LogEventItem[] = [];
  #made: Made | null = null;
  #filtered: { shown: ReadonlySet<LogStream>; of: number; lines: readonly LogLine[] } | null = null;

  constructor(firstSeq: number, place: LogPlace, begins: Readonly<Record<LogStream, number>> = NONE) {
    this.firstSeq = firstSeq;
    this.place = place;
    this.begins = { ...begins };
  }

  get isHeld(): boolean {
    return this.#events !== null;
  }

  /** What is held of it. */
  get events(): readonly LogEventItem[] {
    return this.#events ?? [];
  }

  count(shown: ReadonlySet<LogStream>): number {
    let count = 0;
    for (const stream of STREAMS) if (shown.has(stream)) count += this.begins[stream];
    return count;
  }

  /** Adds a piece to the section that grows. */
  add(event: LogEventItem, counter: LineCounter): void {
    (this.#events ??= []).push(event);
    this.begins[event.stream] += counter.count(event);
    this.characters += event.line.length;
    this.goesUp ||= UP.test(event.line);
  }

  /** @param events of the section, and some that follow it */
  fill(events: readonly LogEventItem[]): void {
    this.forgetLines();
    this.#events = events.filter(({ seq }) => seq >= this.firstSeq && seq <= this.lastSeq);
    this.#after = events.filter(({ seq }) => seq > this.lastSeq);
    this.characters = events.reduce((sum, { line }) => sum + line.length, 0);
    this.goesUp = this.#events.some(({ line }) => UP.test(line));
    if (this.#events.some(({ line }) => MOVES.test(line))) this.#countRows(this.#events);
  }

  letGo(): void {
    this.forgetLines();
    this.#events = null;
    this.#after = [];
    this.characters = 0;
  }

  /** Its rows; null when it is not held. The last ones may still change. */
  lines(): readonly LogLine[] | null {
    if (!this.#events) return null;
    const made = (this.#made ??= {
      assembler: new LineAssembler(this.place),
      rows: [],
      events: 0,
      seq: this.lastSeq,
      next: this.next,
    });
    for (const event of this.#events.slice(made.events)) made.assembler.add(event, made.rows);
    made.events = this.#events.length;
    if (this.lastSeq !== Infinity) this.#complete(made);
    return made.rows;
  }

  /** The number of the row that a line changed which has none of its own; the line's where it has. */
  rowOf(number: number): number {
    return this.#made?.assembler.rowOf(number)?.number ?? number;
  }

  /** By what follows, as far as it is held. */
  #complete(made: Made): void {
    const { assembler } = made;
    made.seq = made.seq === Infinity ? this.lastSeq : made.seq;
    made.next ??= this.next;
    const take = (events: readonly LogEventItem[]): void => {
      for (const event of events) {
        if (event.seq <= made.seq) continue;
        if (assembler.isSettled) return;
        assembler.complete(event);
        made.seq = event.seq;
      }
    };
    if ((this.#after.at(-1)?.seq ?? 0) > made.seq) take(this.#after);
    while (made.next?.isHeld && !assembler.isSettled) {
      const section: LogSection = made.next;
      if ((section.events.at(-1)?.seq ?? 0) > made.seq) take(section.events);
      if (section.lastSeq === Infinity || !section.next) return;
      made.next = section.next;
    }
  }

  #countRows(events: readonly LogEventItem[]): void {
    const counter = new LineCounter(this.place);
    for (const stream of STREAMS) this.begins[stream] = 0;
    for (const event of events) this.begins[event.stream] += counter.count(event);
  }

  /** Its lines of the streams that are shown. */
  shownLines(shown: ReadonlySet<LogStream>): readonly LogLine[] | null {
    const lines = this.lines();
    if (!lines || shown.size === STREAMS.length) return lines;
    if (this.#filtered?.shown !== shown || this.#filtered.of !== lines.length)
      this.#filtered = { shown, of: lines.length, lines: lines.filter(({ stream }) => shown.has(stream)) };
    return this.#filtered.lines;
  }

  /** They can be made again from the text. */
  forgetLines(): void {
    this.#made = null;
    this.#filtered = null;
  }
}

// eslint-disable-next-line no-control-regex -- it is what is looked for
const UP = /(?:\x1b\[|\x9b)\d*[AF]/;

const NONE: Readonly<Record<LogStream, number>> = { stdout: 0, stderr: 0, system: 0 };
