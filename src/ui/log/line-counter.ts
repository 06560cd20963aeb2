import { MOVES, partsOf, styleAfter, unfinishedOf } from './control-sequences.js';
import { Cursor, type CursorPlace, placeAtEnd } from './cursor.js';
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
  /** Where streams write, as far as that is known; others write at their end. */
  readonly cursors?: ReadonlyMap<LogStream, CursorPlace>;
}

export const START: LogPlace = { number: 1, open: [], styles: new Map() };

export const cursorPlaceIn = ({ number, open, cursors }: LogPlace, stream: LogStream): CursorPlace =>
  cursors?.get(stream) ?? placeAtEnd(open.includes(stream), number === 1 && !open.includes(stream));

// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\r\b\x1b\x9b]/;

interface StreamCount {
  readonly cursor: Cursor;
  isOpen: boolean;
  unfinished: string;
}

/** Keeps count of lines and rows without making them: what scrolls past in a flood is not looked at. */
export class LineCounter {
  readonly #place: LogPlace;
  #number: number;
  readonly #streams = new Map<LogStream, StreamCount>();
  readonly #styles: Map<LogStream, TextStyle>;

  constructor(place: LogPlace = START) {
    this.#place = place;
    this.#number = place.number;
    this.#styles = new Map(place.styles);
    for (const stream of new Set([...place.open, ...(place.cursors?.keys() ?? [])])) this.#of(stream);
  }

  get number(): number {
    return this.#number;
  }

  get place(): LogPlace {
    const streams = [...this.#streams];
    return {
      number: this.#number,
      open: streams.filter(([, { isOpen }]) => isOpen).map(([stream]) => stream),
      styles: new Map(this.#styles),
      cursors: new Map(streams.map(([stream, { cursor, unfinished }]) => [stream, cursor.place(unfinished)])),
    };
  }

  get isBetweenLines(): boolean {
    return [...this.#streams.values()].every(({ isOpen }) => !isOpen);
  }

  /** @returns how many rows begin in the piece */
  count({ stream, line }: LogEventItem): number {
    if (line === '') return 0;
    const state = this.#of(stream);
    const whole = state.unfinished + line;
    if (!CONTROLS.test(whole) && state.cursor.isAtEnd) return this.#countText(stream, state, whole);
    state.unfinished = unfinishedOf(whole);
    const text = whole.slice(0, whole.length - state.unfinished.length);
    this.#followStyle(stream, text);
    let rows = 0;
    for (let from = 0; from < text.length;) {
      const newline = text.indexOf('\n', from);
      this.#open(stream, state);
      const end = newline === -1 ? text.length : newline;
      rows += countRows(text.slice(from, end), state.cursor, newline !== -1);
      if (newline !== -1) {
        if (state.cursor.newline()) rows++;
        state.isOpen = false;
      }
      from = end + 1;
    }
    if (state.unfinished !== '') this.#open(stream, state);
    return rows;
  }

  #countText(stream: LogStream, state: StreamCount, text: string): number {
    const { isFresh } = state.cursor.place('');
    const ends = text.endsWith('\n');
    const lines = newlines(text) + (ends ? 0 : 1);
    if (stream !== 'system') this.#number += lines - (state.isOpen ? 1 : 0);
    state.isOpen = !ends;
    const rows = lines - (isFresh ? 0 : 1);
    state.cursor.skip(rows, ends);
    return rows;
  }

  #open(stream: LogStream, state: StreamCount): void {
    if (state.isOpen) return;
    state.isOpen = true;
    if (stream !== 'system') this.#number++;
  }

  #of(stream: LogStream): StreamCount {
    const known = this.#streams.get(stream);
    if (known) return known;
    const place = cursorPlaceIn(this.#place, stream);
    const made = {
      cursor: new Cursor(place),
      isOpen: this.#place.open.includes(stream),
      unfinished: place.unfinished,
    };
    this.#streams.set(stream, made);
    return made;
  }

  #followStyle(stream: LogStream, text: string): void {
    if (!text.includes('\x1b') && !text.includes('\x9b')) return;
    const style = styleAfter(text, this.#styles.get(stream) ?? PLAIN);
    if (style === PLAIN) this.#styles.delete(stream);
    else this.#styles.set(stream, style);
  }
}

/** As `Screen` makes them of a line, or a part of one. */
const countRows = (line: string, cursor: Cursor, isEnded: boolean): number => {
  const text = isEnded ? line.replace(/\r+$/, '') : line;
  if (text === '') return 0;
  if (!MOVES.test(text) && !cursor.isAway) return cursor.print() ? 1 : 0;
  let rows = 0;
  for (const part of partsOf(text))
    if (typeof part !== 'string') cursor.apply(part);
    else if (cursor.print()) rows++;
  return rows;
};

const newlines = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
};
