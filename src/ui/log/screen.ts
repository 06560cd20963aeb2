import { type Control, MOVES, partsOf, styleAfter, unfinishedOf } from './control-sequences.js';
import { Cursor, type CursorPlace, REACH } from './cursor.js';
import type { LogStream } from './log-event.js';
import { LINE_CHARACTERS, LogRow } from './log-row.js';
import { type TextStyle, withGraphics } from './text-style.js';

/** After what was appended to a row. */
const END = Infinity;

/** What a piece of output is written with. */
export interface Writing {
  /** When, ms since the epoch. */
  readonly at: number;
  /** The number of the line that begins, as the server counts: one after every newline. */
  nextNumber(): number;
  /** Gets the rows that begin; null where they belong to another section. */
  readonly begun: LogRow[] | null;
}

/**
 * The last rows of a stream, as a terminal shows them: carriage return, backspace, moving the cursor and erasing work on them. A row has the number
 * of the line that began it. Where a program goes up and prints again, further lines change rows that are there: they have none of their own.
 */
export class Screen {
  /** Rows by the numbers of the lines that changed them without a row of their own. */
  readonly rewritten = new Map<number, LogRow>();
  readonly #stream: LogStream;
  readonly #cursor: Cursor;
  /** Those that the cursor can go to; null is one of another section. */
  readonly #rows: (LogRow | null)[];
  #own = 0;
  #column = 0;
  #savedColumn = 0;
  /** The style of what is printed; while a row is appended to it is what its text leaves. */
  #pen: TextStyle;
  #unfinished: string;
  /** Of the line that goes on. */
  #number: number | null;

  constructor(stream: LogStream, place: CursorPlace, pen: TextStyle, isOpen: boolean) {
    this.#stream = stream;
    this.#cursor = new Cursor(place);
    this.#rows = Array<null>(place.rows).fill(null);
    this.#pen = pen;
    this.#unfinished = place.unfinished;
    this.#number = isOpen ? 0 : null;
  }

  /** Nothing that comes can change a row that was begun here. */
  get isSettled(): boolean {
    return this.#own === 0;
  }

  write(piece: string, writing: Writing): void {
    const whole = this.#unfinished + piece;
    this.#unfinished = unfinishedOf(whole);
    const text = whole.slice(0, whole.length - this.#unfinished.length);
    for (let from = 0; from < text.length;) {
      const newline = text.indexOf('\n', from);
      this.#number ??= writing.nextNumber();
      if (newline === -1) {
        this.#write(text.slice(from), writing);
        break;
      }
      let to = newline;
      while (to > from && text[to - 1] === '\r') to--; // CR LF is one newline
      this.#write(text.slice(from, to), writing);
      this.#newline(writing);
      from = newline + 1;
    }
    if (this.#unfinished !== '') this.#number ??= writing.nextNumber();
  }

  get #row(): LogRow | null {
    return this.#rows[this.#cursor.at] ?? null;
  }

  #write(text: string, writing: Writing): void {
    if (text === '') return;
    if (!MOVES.test(text) && !this.#cursor.isAway) {
      const isNew = this.#cursor.print();
      if (isNew) this.#begin(writing);
      const row = this.#row;
      if (!row) {
        this.#pen = styleAfter(text, this.#pen);
        return;
      }
      if (row.isText && this.#column === END) {
        row.append(text);
        return;
      }
    }
    for (const part of partsOf(text))
      if (typeof part === 'string') this.#print(part, writing);
      else this.#control(part);
  }

  #print(text: string, writing: Writing): void {
    if (this.#cursor.print()) this.#begin(writing);
    const row = this.#row;
    if (!row || this.#cursor.isAway) return;
    if (this.#number !== null && this.#number !== row.number && writing.begun) this.rewritten.set(this.#number, row);
    if (row.isText && this.#column === END) row.append(text);
    else {
      this.#settle();
      this.#column = row.print(this.#column, text, this.#pen);
    }
  }

  #newline(writing: Writing): void {
    this.#takePen();
    if (this.#cursor.newline()) this.#begin(writing);
    this.#column = 0;
    this.#number = null;
  }

  #begin({ at, begun }: Writing): void {
    const row = begun ? new LogRow(this.#number ?? 0, this.#stream, at, this.#pen) : null;
    this.#rows.push(row);
    if (row) {
      begun?.push(row);
      this.#own++;
    }
    if (this.#column === 0) this.#column = END;
    if (this.#rows.length <= REACH) return;
    const gone = this.#rows.shift();
    gone?.close();
    if (gone) this.#own--;
  }

  #control(control: Control): void {
    const row = this.#cursor.isAway ? null : this.#row;
    const { name, count } = control;
    if (name === 'm') {
      if (row?.isText && this.#column === END) row.append(control.text);
      else this.#pen = withGraphics(this.#pen, control.parameters);
      return;
    }
    if (!MOVES.test(control.text)) return;
    this.#settle();
    if (name === '\x1b7' || name === 's') this.#savedColumn = this.#column;
    if (name === '\x1b8' || name === 'u') this.#column = this.#savedColumn;
    this.#cursor.apply(control);
    this.#column = columnAfter(name, count, this.#column);
    if (name === 'K') this.#erase(row, control.parameters);
    else if (name === 'J') this.#eraseBelow(row, control.parameters);
    else if (name === 'L' || name === 'M') this.#moveRows(name === 'M' ? count : -count);
  }

  #erase(row: LogRow | null, what: string): void {
    if (what === '1') row?.eraseUpTo(this.#column);
    else row?.eraseFrom(what === '2' ? 0 : this.#column);
  }

  /** Erasing upwards, or everything, is how a screen is cleared: what it showed stays in a log. */
  #eraseBelow(row: LogRow | null, what: string): void {
    if (what !== '' && what !== '0') return;
    row?.eraseFrom(this.#column);
    for (const below of this.#rows.slice(this.#cursor.at + 1)) below?.eraseFrom(0);
  }

  /** @param by how many rows go at the cursor; those that come there where it is negative */
  #moveRows(by: number): void {
    const rows = this.#rows.slice(this.#cursor.at);
    const order = by > 0 ? rows.keys() : [...rows.keys()].reverse();
    for (const i of order) rows[i]?.become(rows[i + by] ?? null);
    this.#column = 0;
  }

  /** Makes the column and the style those at the end of a row that was appended to. */
  #settle(): void {
    this.#takePen();
    if (this.#column === END) this.#column = this.#row?.open() ?? 0;
  }

  #takePen(): void {
    const row = this.#row;
    if (row?.isText && this.#column === END) this.#pen = styleAfter(row.text, row.style);
  }
}

const columnAfter = (name: string, count: number, column: number): number => {
  if (name === '\r' || name === 'E' || name === 'F') return 0;
  if (name === '\b' || name === 'D') return Math.max(0, column - (name === 'D' ? count : 1));
  if (name === 'C') return Math.min(LINE_CHARACTERS, column + count);
  if (name === 'G' || name === '`') return Math.min(LINE_CHARACTERS, count - 1);
  return column;
};
