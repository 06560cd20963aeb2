import { styleAfter } from './control-sequences.js';
import { type LogPlace, START } from './line-counter.js';
import type { LogEventItem, LogStream } from './log-event.js';
import { PLAIN, type TextStyle } from './text-style.js';

/** A line of a log, of one stream. */
export interface LogLine {
  /** From 1 over stdout and stderr in the order in which lines begin, as the server's search counts; 0 for `system`. */
  readonly number: number;
  readonly stream: LogStream;
  /** When it began, ms since the epoch. */
  readonly at: number;
  /** As printed, control sequences included, after the last carriage return that overwrote it. */
  readonly text: string;
  /** The style that it begins in. */
  readonly style: TextStyle;
  /** Characters at its end that are not kept here. */
  readonly cut: number;
}

type OpenLine = { -readonly [Name in keyof LogLine]: LogLine[Name] };

/** A page cannot show more of a line in a row without getting slow; the download has all of it. */
export const LINE_CHARACTERS = 20_000;

/** Makes lines of pieces of output. A line goes on over pieces, also when pieces of another stream lie between. */
export class LineAssembler {
  readonly #open = new Map<LogStream, OpenLine | 'elsewhere'>();
  readonly #styles: Map<LogStream, TextStyle>;
  #number: number;

  constructor({ number, open, styles }: LogPlace = START) {
    this.#number = number;
    this.#styles = new Map(styles);
    for (const stream of open) this.#open.set(stream, 'elsewhere');
  }

  /** Streams whose line has not ended. */
  get open(): readonly LogStream[] {
    return [...this.#open.keys()];
  }

  /** @param begun gets the lines that begin in this piece; those that are open may still grow */
  add({ stream, line: text, ts }: LogEventItem, begun: LogLine[]): void {
    const at = Date.parse(ts);
    for (let from = 0; from < text.length;) {
      const newline = text.indexOf('\n', from);
      const to = newline === -1 ? text.length : newline;
      let line = this.#open.get(stream);
      if (!line) {
        line = this.#begin(stream, at);
        begun.push(line);
      }
      if (line === 'elsewhere')
        this.#leave(stream, styleAfter(text.slice(from, to), this.#styles.get(stream) ?? PLAIN));
      else extend(line, text.slice(from, to));
      if (newline !== -1) this.#finish(stream, line);
      from = to + 1;
    }
  }

  /** Ends lines that are open with what follows; lines that begin in it are not made. */
  complete({ stream, line: text }: LogEventItem): void {
    const line = this.#open.get(stream);
    if (!line) return;
    const newline = text.indexOf('\n');
    if (line !== 'elsewhere') extend(line, newline === -1 ? text : text.slice(0, newline));
    if (newline !== -1) this.#finish(stream, line);
  }

  #begin(stream: LogStream, at: number): OpenLine {
    const number = stream === 'system' ? 0 : this.#number++;
    const line: OpenLine = { number, stream, at, text: '', style: this.#styles.get(stream) ?? PLAIN, cut: 0 };
    this.#open.set(stream, line);
    return line;
  }

  #finish(stream: LogStream, line: OpenLine | 'elsewhere'): void {
    this.#open.delete(stream);
    if (line === 'elsewhere') return;
    if (line.text.endsWith('\r')) line.text = line.text.replace(/\r+$/, ''); // CR LF is one newline
    this.#leave(stream, styleAfter(line.text, line.style));
  }

  #leave(stream: LogStream, style: TextStyle): void {
    if (style === PLAIN) this.#styles.delete(stream);
    else this.#styles.set(stream, style);
  }
}

const extend = (line: OpenLine, text: string): void => {
  if (text.includes('\r') || line.text.endsWith('\r')) overwrite(line, text);
  else if (line.cut > 0) line.cut += text.length;
  else line.text += text;
  if (line.text.length <= LINE_CHARACTERS) return;
  line.cut += line.text.length - LINE_CHARACTERS;
  line.text = line.text.slice(0, LINE_CHARACTERS);
};

/** Keeps what was written last: progress is printed over itself. A carriage return at the end waits for what comes after it. */
const overwrite = (line: OpenLine, text: string): void => {
  const whole = line.text + text;
  let end = whole.length;
  while (end > 0 && whole[end - 1] === '\r') end--;
  const last = end === 0 ? -1 : whole.lastIndexOf('\r', end - 1);
  if (last === -1) {
    line.text = end < whole.length ? whole.slice(0, end + 1) : whole;
    return;
  }
  line.style = styleAfter(whole.slice(0, last), line.style);
  line.text = end < whole.length ? whole.slice(last + 1, end + 1) : whole.slice(last + 1);
  line.cut = 0;
};
