import type { LineCounter, LogPlace } from './line-counter.js';
import { LineAssembler, type LogLine } from './line-assembler.js';
import { type LogEventItem, type LogStream, STREAMS } from './log-event.js';

/** A stretch of the log: how many lines begin in it is always known, its text is held or not, lines are made when they are looked at. */
export class LogSection {
  readonly firstSeq: number;
  readonly place: LogPlace;
  readonly begins: Record<LogStream, number>;
  /** The last event in it, once it has an end. */
  lastSeq = Infinity;
  /** The one after it, which ends a line that goes on. */
  next: LogSection | null = null;
  /** Of the text that is held. */
  characters = 0;
  #events: LogEventItem[] | null = null;
  /** What follows in the log, where that was read with it. */
  #after: readonly LogEventItem[] = [];
  #made: { assembler: LineAssembler; lines: LogLine[]; events: number; after: number } | null = null;
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
  }

  /** @param events of the section, and some that follow it */
  fill(events: readonly LogEventItem[]): void {
    this.forgetLines();
    this.#events = events.filter(({ seq }) => seq >= this.firstSeq && seq <= this.lastSeq);
    this.#after = events.filter(({ seq }) => seq > this.lastSeq);
    this.characters = events.reduce((sum, { line }) => sum + line.length, 0);
  }

  letGo(): void {
    this.forgetLines();
    this.#events = null;
    this.#after = [];
    this.characters = 0;
  }

  /** Its lines; null when it is not held. Those that are open grow. */
  lines(): readonly LogLine[] | null {
    if (!this.#events) return null;
    this.#made ??= { assembler: new LineAssembler(this.place), lines: [], events: 0, after: 0 };
    const { assembler, lines } = this.#made;
    for (const event of this.#events.slice(this.#made.events)) assembler.add(event, lines);
    this.#made.events = this.#events.length;
    const after = this.#after.length > 0 ? this.#after : (this.next?.events ?? []);
    if (assembler.open.length === 0) return lines;
    for (const event of after.slice(this.#made.after)) assembler.complete(event);
    this.#made.after = after.length;
    return lines;
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

const NONE: Readonly<Record<LogStream, number>> = { stdout: 0, stderr: 0, system: 0 };
