import type { LogLine } from './line-assembler.js';
import { type Marks, showText } from './line-view.js';

export type Times = 'off' | 'absolute' | 'relative';

/** What rows show besides their line. A new object for every change. */
export interface RowLook {
  readonly marks: Marks;
  /** The line of the match that the reader is at. */
  readonly match: number | null;
  /** Lines that the address names. */
  readonly selected: { readonly from: number; readonly to: number } | null;
  readonly times: Times;
  /** ms since the epoch, what relative times are counted from. */
  readonly startedAt: number;
}

const SPOKEN = { stdout: '', stderr: 'err', system: 'run' } as const;

/** One row of the log. It shows one line after another, so that scrolling makes no elements. */
export class RowView {
  readonly element = document.createElement('div');
  readonly #number = document.createElement('a');
  readonly #time = document.createElement('span');
  readonly #stream = document.createElement('span');
  readonly #text = document.createElement('span');
  /** What it shows now; a line that is open grows, and is written over. */
  #shown: { line?: LogLine | undefined; text?: string; cut?: number; look?: RowLook } = {};

  constructor() {
    this.#number.className = 'number';
    this.#number.tabIndex = -1; // a million tab stops; the search and the address go to a line from the keyboard
    this.#time.className = 'time';
    this.#stream.className = 'stream';
    this.#text.className = 'text';
    this.element.append(this.#number, this.#time, this.#stream, this.#text);
  }

  /** @param line undefined: it is being loaded */
  show(line: LogLine | undefined, look: RowLook): void {
    const { line: before, look: lookBefore } = this.#shown;
    const isSameText = before === line && this.#shown.text === line?.text && this.#shown.cut === line?.cut;
    if (isSameText && lookBefore === look) return;
    this.#shown = { line, look, ...(line && { text: line.text, cut: line.cut }) };
    if (!line) {
      this.element.className = 'row missing';
      for (const part of [this.#number, this.#time, this.#stream, this.#text]) part.textContent = '';
      return;
    }
    this.element.className = classOf(line, look);
    if (line.number > 0) this.#number.href = `#L${line.number}`;
    else this.#number.removeAttribute('href');
    this.#number.textContent = line.number > 0 ? String(line.number) : '';
    this.#time.textContent = look.times === 'off' ? '' : timeOf(line.at, look);
    this.#stream.textContent = SPOKEN[line.stream];
    if (!isSameText || lookBefore?.marks !== look.marks) this.#showText(line, look.marks);
  }

  #showText(line: LogLine, marks: Marks): void {
    showText(this.#text, line, marks);
    if (line.cut === 0) return;
    const note = document.createElement('span');
    note.className = 'cut';
    note.textContent = ` … ${line.cut.toLocaleString('en')} more characters: the download has them`;
    this.#text.append(note);
  }
}

const classOf = ({ stream, number }: LogLine, { match, selected }: RowLook): string => {
  const isSelected = selected !== null && number >= selected.from && number <= selected.to;
  return `row ${stream}${number > 0 && number === match ? ' match' : ''}${isSelected ? ' selected' : ''}`;
};

const timeOf = (at: number, { times, startedAt }: RowLook): string =>
  times === 'relative' ? sinceStart(at - startedAt) : clockTime(new Date(at));

const clockTime = (time: Date): string =>
  `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}.${pad(time.getMilliseconds(), 3)}`;

/** `+1:02:03.456` */
const sinceStart = (ms: number): string => {
  const whole = Math.max(0, Math.round(ms));
  const seconds = Math.floor(whole / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const before = hours > 0 ? `${hours}:${pad(minutes % 60)}` : `${minutes}`;
  return `+${before}:${pad(seconds % 60)}.${pad(whole % 1000, 3)}`;
};

const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');
