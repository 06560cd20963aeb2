import { styleAfter } from './control-sequences.js';
import type { LogEventItem, LogStream } from './log-event.js';
import { PLAIN, type TextStyle } from './text-style.js';

/** Where a stretch of a log begins. */
export interface LogPlace {
  /** The number of the next line. */
  readonly number: number;
  /** Streams whose line goes on that began before. */
  readonly open: readonly LogStream[];
  /** Styles that lines before left, by stream; none is plain. */
  readonly styles: ReadonlyMap<LogStream, TextStyle>;
}

export const START: LogPlace = { number: 1, open: [], styles: new Map() };

/** A sequence that a piece ends in; it may go on in the next one. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const UNFINISHED = /(?:\x1b\[?|\x9b)[ -?]{0,200}$/;

/** Keeps count of lines without making them: what scrolls past in a flood is not looked at. */
export class LineCounter {
  #number: number;
  readonly #open: Set<LogStream>;
  readonly #styles: Map<LogStream, TextStyle>;
  readonly #unfinished = new Map<LogStream, string>();

  constructor({ number, open, styles }: LogPlace = START) {
    this.#number = number;
    this.#open = new Set(open);
    this.#styles = new Map(styles);
  }

  get number(): number {
    return this.#number;
  }

  get place(): LogPlace {
    return { number: this.#number, open: [...this.#open], styles: new Map(this.#styles) };
  }

  get isBetweenLines(): boolean {
    return this.#open.size === 0;
  }

  /** @returns how many lines begin in the piece */
  count({ stream, line }: LogEventItem): number {
    if (line === '') return 0;
    const ends = line.endsWith('\n');
    const begins = (this.#open.has(stream) ? 0 : 1) + newlines(line) - (ends ? 1 : 0);
    if (stream !== 'system') this.#number += begins;
    if (ends) this.#open.delete(stream);
    else this.#open.add(stream);
    this.#followStyle(stream, line);
    return begins;
  }

  #followStyle(stream: LogStream, piece: string): void {
    const text = (this.#unfinished.get(stream) ?? '') + piece;
    this.#unfinished.delete(stream);
    if (!text.includes('\x1b') && !text.includes('\x9b')) return;
    const unfinished = UNFINISHED.exec(text.slice(-256));
    if (unfinished) this.#unfinished.set(stream, unfinished[0]);
    const style = styleAfter(text, this.#styles.get(stream) ?? PLAIN);
    if (style === PLAIN) this.#styles.delete(stream);
    else this.#styles.set(stream, style);
  }
}

const newlines = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
};
