import { REACH } from './cursor.js';
import type { LogLine } from './line-assembler.js';
import { type LogEventItem, type LogStream, STREAMS } from './log-event.js';
import { LineCounter } from './line-counter.js';
import { LogSection } from './log-section.js';
import type { SectionOutline } from './log-source.js';

/**
 * A section ends where no line is open once it has this many characters, or at twice that, or with as many events as a page of them (200) surely
 * has beside those of the status.
 */
const SECTION_CHARACTERS = 128 * 1024;
const SECTION_EVENTS = 190;
/** Text that is held. Sections far from what is read are let go; the server has them. */
const HELD_CHARACTERS = 40_000_000;
/** Sections at either end that have what is printed of a long log. */
const END_SECTIONS = 6;
/** Sections that are read beyond what is shown because they may change it: those in which a program prints over few rows for long. */
const MOST_AHEAD = 64;
/** Sections that keep the lines that were made of their text. */
const WITH_LINES = 12;

/**
 * The lines of a log. Rows are the lines of the streams that are shown, counted from 0; what is not held of them can be loaded
 * (`missing`, `fill`). Events come in order of `seq`.
 */
export class LogModel {
  /** Told when there is something else to show. */
  onchange: () => void = () => undefined;
  /** Told when rows were taken for more than they are. @param end of the section that has them, as it was @param by how many more there are */
  onrecount: (end: number, by: number) => void = () => undefined;
  readonly #canLetGo: boolean;
  #sections: LogSection[] = [];
  #counter = new LineCounter();
  #shown: ReadonlySet<LogStream> = new Set(STREAMS);
  /** Row with which each section begins; right for the first `#counted` of them. */
  #starts: number[] = [];
  #counted = 0;
  #held = 0;
  #hasBytes = false;
  #read = { first: 0, last: 0 };
  /** Those whose lines were looked at last, the latest at the end. */
  readonly #withLines = new Set<LogSection>();

  /** @param canLetGo whether sections may be let go, since somebody can load them */
  constructor({ canLetGo = false }: { canLetGo?: boolean } = {}) {
    this.#canLetGo = canLetGo;
  }

  /** Sections that the server knows of, from the first on; nothing of them is held yet. @param lastSeq where they end */
  begin(outline: readonly SectionOutline[], lastSeq: number): void {
    this.#sections = outline.map(
      ({ seq, line: number, begins, open }) => new LogSection(seq, { number, open, styles: new Map() }, begins),
    );
    for (const [i, section] of this.#sections.entries()) {
      section.next = this.#sections[i + 1] ?? null;
      section.lastSeq = section.next ? section.next.firstSeq - 1 : lastSeq;
    }
    this.#counted = 0;
    this.onchange();
  }

  /** Continues with the last section of the outline: its events, and all after them, come by `add`. @returns the seq before them */
  reopenLast(): number {
    const outlined = this.#sections.pop();
    if (!outlined) return 0;
    this.#counted = 0;
    this.#counter = new LineCounter(outlined.place);
    return outlined.firstSeq - 1;
  }

  /** The next piece of output. Whoever adds calls `onchange`, once for all. */
  add(event: LogEventItem): void {
    this.#growing(event.seq).add(this.#withoutBytes(event), this.#counter);
    this.#held += event.line.length;
  }

  get rows(): number {
    this.#count();
    const last = this.#sections.length - 1;
    return last < 0 ? 0 : (this.#starts[last] ?? 0) + (this.#sections[last]?.count(this.#shown) ?? 0);
  }

  /** The number that the last line has. */
  get lastLine(): number {
    return this.#counter.number - 1;
  }

  get shown(): ReadonlySet<LogStream> {
    return this.#shown;
  }

  set shown(streams: ReadonlySet<LogStream>) {
    this.#shown = new Set(streams);
    this.#counted = 0;
    this.onchange();
  }

  /** The line of a row; undefined when it is not held. */
  line(row: number): LogLine | undefined {
    const at = this.#sectionOfRow(row);
    const section = this.#sections[at];
    return section && this.#linesOf(section)?.[row - (this.#starts[at] ?? 0)];
  }

  /** Some of it is not text in UTF-8, or has the NULs of text in UTF-16. */
  get hasBytes(): boolean {
    return this.#hasBytes;
  }

  /** Every line is here. */
  get isWhole(): boolean {
    return this.#sections.every(({ isHeld }) => isHeld);
  }

  /** The row of a line, or of the next one that is shown; null while the section that has it is not held. */
  rowOfLine(number: number): number | null {
    this.#count();
    const at = this.#sectionOfLine(number);
    const section = this.#sections[at];
    if (!section) return 0;
    const lines = this.#linesOf(section);
    if (!lines) return null;
    const shownAs = section.rowOf(number);
    const within = lines.findIndex((line) => line.number >= shownAs);
    return Math.min((this.#starts[at] ?? 0) + (within === -1 ? lines.length : within), Math.max(0, this.rows - 1));
  }

  /** The section that has a line, to be loaded before `rowOfLine`. */
  sectionOfLine(number: number): LogSection | undefined {
    return this.#sections[this.#sectionOfLine(number)];
  }

  /** The number of the row that shows a line: of one that was printed over others that of those. */
  shownAs(number: number): number {
    return this.sectionOfLine(number)?.rowOf(number) ?? number;
  }

  /** Sections that may have lines with these numbers, both included. */
  sectionsOfLines(from: number, to: number): readonly LogSection[] {
    return this.#sections.slice(this.#sectionOfLine(from), this.#sectionOfLine(to) + 1);
  }

  /** What is printed of a log that is long. */
  get endSections(): readonly LogSection[] {
    return this.#sections.length <= 2 * END_SECTIONS
      ? this.#sections
      : [...this.#sections.slice(0, END_SECTIONS), ...this.#sections.slice(-END_SECTIONS)];
  }

  /** Sections in which lines of a stream begin. */
  sectionsWith(stream: LogStream): readonly LogSection[] {
    return this.#sections.filter(({ begins }) => begins[stream] > 0);
  }

  /** Sections that are not held of the rows that are read now, in order; those far away may be let go. */
  missing(firstRow: number, lastRow: number): readonly LogSection[] {
    this.#read = { first: this.#sectionOfRow(firstRow), last: this.#sectionOfRow(Math.max(firstRow, lastRow - 1)) };
    const end = this.#read.last + 1 + this.#ahead(this.#read.last + 1);
    return this.#sections.slice(this.#read.first, end).filter(({ isHeld }) => !isHeld);
  }

  /** @param events the section's, and some after it, which end its last lines */
  fill(section: LogSection, events: readonly LogEventItem[]): void {
    this.#count();
    const at = this.#sections.indexOf(section);
    const rows = section.count(this.#shown);
    this.#held -= section.characters;
    section.fill(events.map((event) => this.#withoutBytes(event)));
    this.#held += section.characters;
    this.#letGo(section);
    const by = section.count(this.#shown) - rows;
    if (by !== 0) {
      this.#counted = Math.min(this.#counted, at);
      this.onrecount((this.#starts[at] ?? 0) + rows, by);
    }
    this.onchange();
  }

  /** All lines that are held, a section at a time. */
  *heldLines(): Generator<readonly LogLine[]> {
    for (const section of this.#sections) {
      const lines = section.lines();
      if (lines) yield lines;
      if (!this.#withLines.has(section)) section.forgetLines();
    }
  }

  /** How many sections from one on may change rows before them: few rows begin in them, or the one before prints over what is there. */
  #ahead(from: number): number {
    let sections = 0;
    for (; sections < MOST_AHEAD; sections++) {
      const [before, next] = [this.#sections[from + sections - 1], this.#sections[from + sections]];
      if (!next) return sections;
      if (!before?.goesUp && next.count(ALL) >= REACH) break;
    }
    return sections === 0 ? 0 : sections + 1;
  }

  #linesOf(section: LogSection): readonly LogLine[] | null {
    this.#withLines.delete(section);
    this.#withLines.add(section);
    const [oldest] = this.#withLines;
    if (this.#withLines.size > WITH_LINES && oldest) {
      this.#withLines.delete(oldest);
      oldest.forgetLines();
    }
    return section.shownLines(this.#shown);
  }

  /** They are noted, and not held: who wants to read them reads the log again. */
  #withoutBytes(event: LogEventItem): LogEventItem {
    const { base64, ...text } = event;
    this.#hasBytes ||= base64 !== undefined || event.line.includes('\0');
    return base64 === undefined ? event : text;
  }

  #growing(seq: number): LogSection {
    const last = this.#sections.at(-1);
    if (last?.lastSeq === Infinity) {
      const full = last.characters >= SECTION_CHARACTERS * (this.#counter.isBetweenLines ? 1 : 2);
      if (!full && last.events.length < SECTION_EVENTS) return last;
      last.lastSeq = seq - 1;
      this.#letGo();
    }
    const section = new LogSection(seq, this.#counter.place);
    if (last) last.next = section;
    this.#sections.push(section);
    return section;
  }

  #count(): void {
    for (let i = this.#counted; i < this.#sections.length; i++) {
      const before = this.#sections[i - 1];
      this.#starts[i] = before ? (this.#starts[i - 1] ?? 0) + before.count(this.#shown) : 0;
    }
    this.#counted = Math.max(0, this.#sections.length - 1); // the last one grows
    this.#starts.length = this.#sections.length;
  }

  #sectionOfRow(row: number): number {
    this.#count();
    return lastIndexWhere(this.#sections.length, (i) => (this.#starts[i] ?? 0) <= row);
  }

  #sectionOfLine(number: number): number {
    return lastIndexWhere(this.#sections.length, (i) => (this.#sections[i]?.place.number ?? 0) <= number);
  }

  /** Those farthest from what is read first; never those, nor the last one. @param wanted somebody is on the way to it */
  #letGo(wanted?: LogSection): void {
    if (!this.#canLetGo || this.#held <= HELD_CHARACTERS) return;
    const { first, last } = this.#read;
    const distance = (i: number): number => (i < first ? first - i : Math.max(0, i - last));
    const far = this.#sections
      .map((section, i) => ({ section, distance: distance(i) }))
      .filter(
        ({ section, distance }) => section.isHeld && section !== wanted && distance > 1 && section.lastSeq !== Infinity,
      )
      .sort((a, b) => b.distance - a.distance);
    for (const { section } of far) {
      if (this.#held <= HELD_CHARACTERS * 0.9) return;
      this.#held -= section.characters;
      section.letGo();
    }
  }
}

const ALL: ReadonlySet<LogStream> = new Set(STREAMS);

/** For a condition that is true up to some index. @returns the last one for which it is, at least 0 */
const lastIndexWhere = (length: number, is: (i: number) => boolean): number => {
  let low = 0;
  for (let high = length - 1; low < high;) {
    const middle = Math.ceil((low + high) / 2);
    if (is(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
};
