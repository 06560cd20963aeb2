import { LineAssembler, type LogEventItem, type LogLine, type LogStream, STREAMS } from './line-assembler.js';
import { LogSection } from './log-section.js';
import type { SectionOutline } from './log-source.js';

/** A section ends where no line is open once it has this many characters, or at twice that, or with as many events as a page surely has beside those of the status. */
const SECTION_CHARACTERS = 128 * 1024;
const SECTION_EVENTS = 190;
/** Characters that are held, with what their lines cost. Sections far from what is read are let go; the server has them. */
const HELD_CHARACTERS = 40_000_000;

/**
 * The lines of a log. Rows are the lines of the streams that are shown, counted from 0; what is not held of them can be loaded
 * (`missing`, `fill`). Events come in order of `seq`.
 */
export class LogModel {
  /** Told after the lines have changed. */
  onchange: () => void = () => undefined;
  /** Whether what is let go can be had again. */
  readonly #canLetGo: boolean;
  #sections: LogSection[] = [];
  #assembler = new LineAssembler({ number: 1 });
  #events = 0;
  #shown: ReadonlySet<LogStream> = new Set(STREAMS);
  /** Row with which each section begins; right for the first `#counted` of them. */
  #starts: number[] = [];
  #counted = 0;
  #held = 0;
  #read: { first: number; last: number } = { first: 0, last: 0 };

  /** @param canLetGo whether sections may be let go, since somebody can load them */
  constructor({ canLetGo = false }: { canLetGo?: boolean } = {}) {
    this.#canLetGo = canLetGo;
  }

  /** Sections that the server knows of, from the first on; nothing of them is held yet. @param lastSeq where they end */
  begin(outline: readonly SectionOutline[], lastSeq: number): void {
    this.#sections = outline.map((section) => new LogSection(section));
    this.#sections.forEach((section, i) => (section.lastSeq = (this.#sections[i + 1]?.firstSeq ?? lastSeq + 1) - 1));
    const last = this.#sections.at(-1);
    if (last) last.lastSeq = lastSeq;
    this.#counted = 0;
    this.#held = 0;
    this.onchange();
  }

  /** Continues with the last section of the outline: its events, and all after them, come by `add`. @returns the seq before them */
  reopenLast(): number {
    const outlined = this.#sections.pop();
    this.#counted = Math.min(this.#counted, this.#sections.length);
    if (!outlined) return 0;
    this.#assembler = outlined.assembler();
    return outlined.firstSeq - 1;
  }

  /** The next piece of output. `onchange` is told by whoever adds, once for all. */
  add(event: LogEventItem): void {
    const section = this.#growing(event.seq);
    this.#held -= section.cost;
    section.add(event, this.#assembler);
    this.#held += section.cost;
    this.#events++;
  }

  get rows(): number {
    this.#count();
    const last = this.#sections.length - 1;
    return last < 0 ? 0 : (this.#starts[last] ?? 0) + (this.#sections[last]?.count(this.#shown) ?? 0);
  }

  /** The number that the last line has. */
  get lastLine(): number {
    return this.#assembler.nextNumber - 1;
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
    return this.#sections[at]?.shownLines(this.#shown)?.[row - (this.#starts[at] ?? 0)];
  }

  /** Every line is here. */
  get isWhole(): boolean {
    return this.#sections.every(({ lines }) => lines !== null);
  }

  /** The row of a line, or the next one that is shown; null while the section that has it is not held. */
  rowOfLine(number: number): number | null {
    this.#count();
    const at = this.#sectionOfLine(number);
    const section = this.#sections[at];
    if (!section) return 0;
    const lines = section.shownLines(this.#shown);
    if (!lines) return null;
    const within = lines.findIndex((line) => line.number >= number);
    return Math.min((this.#starts[at] ?? 0) + (within === -1 ? lines.length : within), Math.max(0, this.rows - 1));
  }

  /** The section that has a line, to be loaded before `rowOfLine`. */
  sectionOfLine(number: number): LogSection | undefined {
    return this.#sections[this.#sectionOfLine(number)];
  }

  /** Sections that may have lines with these numbers, both included. */
  sectionsOfLines(from: number, to: number): readonly LogSection[] {
    return this.#sections.slice(this.#sectionOfLine(from), this.#sectionOfLine(to) + 1);
  }

  /** Sections that are not held of the rows that are read now, in order; those far away may be let go. */
  missing(firstRow: number, lastRow: number): readonly LogSection[] {
    this.#read = { first: this.#sectionOfRow(firstRow), last: this.#sectionOfRow(Math.max(firstRow, lastRow - 1)) };
    return this.#sections.slice(this.#read.first, this.#read.last + 1).filter(({ lines }) => !lines);
  }

  /** @param events the section's, and some after it, which end its last lines */
  fill(section: LogSection, events: readonly LogEventItem[]): void {
    this.#held -= section.cost;
    section.fill(events);
    this.#held += section.cost;
    this.#letGo();
    this.onchange();
  }

  /** Lines that are held, of all streams, a section at a time. */
  *heldLines(): Generator<readonly LogLine[]> {
    for (const { lines } of this.#sections) if (lines) yield lines;
  }

  #growing(seq: number): LogSection {
    const last = this.#sections.at(-1);
    if (last?.lastSeq === Infinity) {
      const full = last.cost >= SECTION_CHARACTERS * (this.#assembler.open.length === 0 ? 1 : 2);
      if (!full && this.#events < SECTION_EVENTS) return last;
      last.lastSeq = seq - 1;
      this.#letGo();
    }
    const { nextNumber: line, open, styles } = this.#assembler;
    const section = new LogSection({ seq, line, begins: { stdout: 0, stderr: 0, system: 0 }, open }, styles);
    this.#sections.push(section);
    this.#events = 0;
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
    return lastIndexWhere(this.#sections.length, (i) => (this.#sections[i]?.firstLine ?? 0) <= number);
  }

  /** Those farthest from what is read first; never those, nor the last one. */
  #letGo(): void {
    if (!this.#canLetGo || this.#held <= HELD_CHARACTERS) return;
    const { first, last } = this.#read;
    const distance = (i: number): number => (i < first ? first - i : Math.max(0, i - last));
    const far = this.#sections
      .map((section, i) => ({ section, distance: distance(i) }))
      .filter(({ section, distance }) => section.lines && distance > 1 && section.lastSeq !== Infinity)
      .sort((a, b) => b.distance - a.distance);
    for (const { section } of far) {
      if (this.#held <= HELD_CHARACTERS * 0.9) return;
      this.#held -= section.cost;
      section.letGo();
    }
  }
}

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
