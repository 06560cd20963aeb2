import type { LogEventItem, LogLine, LogStream } from './line-assembler.js';
import { LineAssembler, STREAMS } from './line-assembler.js';
import type { SectionOutline } from './log-source.js';
import type { TextStyle } from './text-style.js';

/** What a held line costs besides its characters, roughly; in characters. */
const LINE_COST = 60;

/** A stretch of the log: how many lines begin in it is always known, the lines themselves are held or not. */
export class LogSection {
  readonly firstSeq: number;
  readonly firstLine: number;
  readonly begins: Record<LogStream, number>;
  /** The last event in it, once it has an end. */
  lastSeq = Infinity;
  lines: LogLine[] | null = null;
  /** In characters, of the lines that are held. */
  cost = 0;
  #openBefore: readonly LogStream[];
  #stylesBefore: ReadonlyMap<LogStream, TextStyle> | undefined;
  #filtered: { shown: ReadonlySet<LogStream>; of: number; lines: readonly LogLine[] } | null = null;

  constructor({ seq, line, begins, open }: SectionOutline, styles?: ReadonlyMap<LogStream, TextStyle>) {
    this.firstSeq = seq;
    this.firstLine = line;
    this.begins = { ...begins };
    this.#openBefore = open;
    this.#stylesBefore = styles && new Map(styles);
  }

  count(shown: ReadonlySet<LogStream>): number {
    let count = 0;
    for (const stream of STREAMS) if (shown.has(stream)) count += this.begins[stream];
    return count;
  }

  /** Held lines of the streams that are shown. */
  shownLines(shown: ReadonlySet<LogStream>): readonly LogLine[] | null {
    if (!this.lines || shown.size === STREAMS.length) return this.lines;
    if (this.#filtered?.shown !== shown || this.#filtered.of !== this.lines.length) {
      const lines = this.lines.filter(({ stream }) => shown.has(stream));
      this.#filtered = { shown, of: this.lines.length, lines };
    }
    return this.#filtered.lines;
  }

  /** Adds a piece to the section that grows. */
  add(event: LogEventItem, assembler: LineAssembler): void {
    const lines = (this.lines ??= []);
    const before = lines.length;
    assembler.add(event, lines);
    for (const { stream } of lines.slice(before)) this.begins[stream]++;
    this.cost += event.line.length + LINE_COST * (lines.length - before);
  }

  /** @param events of the section; what follows them ends its last lines */
  fill(events: readonly LogEventItem[]): void {
    const assembler = this.assembler();
    this.lines = [];
    this.cost = 0;
    for (const event of events) {
      if (event.seq < this.firstSeq) continue;
      if (event.seq > this.lastSeq) {
        assembler.complete(event);
        continue;
      }
      const before = this.lines.length;
      assembler.add(event, this.lines);
      this.cost += event.line.length + LINE_COST * (this.lines.length - before);
    }
  }

  letGo(): void {
    this.lines = null;
    this.#filtered = null;
    this.cost = 0;
  }

  /** For the lines from its beginning on. */
  assembler(): LineAssembler {
    return new LineAssembler({
      number: this.firstLine,
      open: this.#openBefore,
      ...(this.#stylesBefore && { styles: this.#stylesBefore }),
    });
  }
}
