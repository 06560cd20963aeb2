import { readPlain } from './control-sequences.js';
import { cursorPlaceIn, type LogPlace, START } from './line-counter.js';
import type { LogEventItem, LogStream } from './log-event.js';
import type { LogRow } from './log-row.js';
import { Screen, type Writing } from './screen.js';
import { PLAIN, type TextStyle } from './text-style.js';

/** A line of a log, of one stream. */
export interface LogLine {
  /** From 1 over stdout and stderr in the order in which lines begin, as the server's search counts; 0 for `system`. */
  readonly number: number;
  readonly stream: LogStream;
  /** When it began, ms since the epoch. */
  readonly at: number;
  /** As a terminal shows it, with control sequences for its styles. */
  readonly text: string;
  /** The style that it begins in. */
  readonly style: TextStyle;
  /** Characters at its end that are not kept here. */
  readonly cut: number;
}

/** Makes rows of pieces of output. A line goes on over pieces, also when pieces of another stream lie between. */
export class LineAssembler {
  readonly #place: LogPlace;
  readonly #screens = new Map<LogStream, Screen>();
  #number: number;

  constructor(place: LogPlace = START) {
    this.#place = place;
    this.#number = place.number;
  }

  /** Nothing that follows can change a row that was made. */
  get isSettled(): boolean {
    for (const screen of this.#screens.values()) if (!screen.isSettled) return false;
    return true;
  }

  /** @param begun gets the rows that begin in this piece; the last ones of each stream may still change */
  add({ stream, line, ts }: LogEventItem, begun: LogRow[]): void {
    const nextNumber = (): number => (stream === 'system' ? 0 : this.#number++);
    this.#screenOf(stream).write(line, { at: Date.parse(ts), nextNumber, begun });
  }

  /** Changes rows that were made by what follows; rows that begin in it are not made. */
  complete({ stream, line }: LogEventItem): void {
    const screen = this.#screens.get(stream);
    if (screen && !screen.isSettled) screen.write(line, ELSEWHERE);
  }

  /** The row that a line without one of its own changed. */
  rowOf(number: number): LogRow | undefined {
    for (const { rewritten } of this.#screens.values()) {
      const row = rewritten.get(number);
      if (row) return row;
    }
    return undefined;
  }

  #screenOf(stream: LogStream): Screen {
    const known = this.#screens.get(stream);
    if (known) return known;
    const { open, styles } = this.#place;
    const place = cursorPlaceIn(this.#place, stream);
    const screen = new Screen(stream, place, styles.get(stream) ?? PLAIN, open.includes(stream));
    this.#screens.set(stream, screen);
    return screen;
  }
}

const ELSEWHERE: Writing = { at: 0, nextNumber: () => 0, begun: null };

/** Output as a terminal shows it, without colours. */
export const plainText = (output: string): string => {
  const rows: LogRow[] = [];
  new LineAssembler().add({ seq: 1, type: 'log', ts: '', stream: 'stdout', line: output }, rows);
  return rows.map(({ text }) => readPlain(text)).join('\n') + (output.endsWith('\n') ? '\n' : '');
};
