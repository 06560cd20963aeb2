import type { Control } from './control-sequences.js';

/** Rows of a stream that it can still change, as on the screen of a terminal. */
export const REACH = 50;

/** Where a stretch of a log begins to write. */
export interface CursorPlace {
  /** How many rows it can go to. */
  readonly rows: number;
  /** The one that it is at, from 0; `rows` where the next character begins one. */
  readonly at: number;
  /** The last newline came after all rows: there is room for another one. */
  readonly isFresh: boolean;
  /** Of a control function whose rest comes with the next piece. */
  readonly unfinished: string;
  readonly saved: number | null;
  readonly isAway: boolean;
}

/** @param isOpen whether a line goes on @param isFirst nothing was printed before */
export const placeAtEnd = (isOpen: boolean, isFirst = false): CursorPlace => {
  const rows = isFirst ? 0 : REACH;
  return { rows, at: isOpen ? rows - 1 : rows, isFresh: !isOpen, unfinished: '', saved: null, isAway: false };
};

/** The row that a stream writes to, among the last ones of it. */
export class Cursor {
  #rows: number;
  #at: number;
  #isFresh: boolean;
  #saved: number | null;
  #isAway: boolean;

  constructor({ rows, at, isFresh, saved, isAway }: CursorPlace) {
    this.#rows = rows;
    this.#at = at;
    this.#isFresh = isFresh;
    this.#saved = saved;
    this.#isAway = isAway;
  }

  get at(): number {
    return this.#at;
  }

  /** What is printed stands where no line of the log is: the bar that apt keeps at the lower edge of a terminal. */
  get isAway(): boolean {
    return this.#isAway;
  }

  get isAtEnd(): boolean {
    return !this.#isAway && this.#saved === null && this.#at === this.#rows - (this.#isFresh ? 0 : 1);
  }

  place(unfinished: string): CursorPlace {
    return {
      rows: this.#rows,
      at: this.#at,
      isFresh: this.#isFresh,
      unfinished,
      saved: this.#saved,
      isAway: this.#isAway,
    };
  }

  /** Something is printed. @returns whether a row begins with it */
  print(): boolean {
    if (this.#isAway || this.#at < this.#rows) return false;
    this.#pass(1, false);
    return true;
  }

  /** @returns whether a row begins that stays empty */
  newline(): boolean {
    this.#isAway = false;
    const begins = this.print();
    this.#at++;
    if (this.#at === this.#rows) this.#isFresh = true;
    return begins;
  }

  /** At the end. @param begun rows that began since @param isFresh whether a newline is the last of it */
  skip(begun: number, isFresh: boolean): void {
    this.#pass(begun, isFresh);
  }

  /** What a control function does to the row. */
  apply({ name, count }: Control): void {
    switch (name) {
      case 'A':
      case 'F':
        this.#to(this.#at - count);
        break;
      case 'B':
      case 'E':
        this.#to(this.#at + count);
        break;
      case '\x1b7':
      case 's':
        this.#saved = this.#at;
        break;
      case '\x1b8':
      case 'u':
        if (this.#saved !== null) this.#to(this.#saved);
        this.#saved = null;
        this.#isAway = false;
        break;
      case 'H':
      case 'f':
        this.#isAway = this.#saved !== null;
        break;
    }
  }

  #to(row: number): void {
    this.#at = Math.max(0, Math.min(row, this.#rows - (this.#isFresh ? 0 : 1)));
  }

  #pass(begun: number, isFresh: boolean): void {
    this.#rows = Math.min(REACH, this.#rows + begun);
    this.#isFresh = isFresh;
    this.#at = isFresh ? this.#rows : this.#rows - 1;
  }
}
