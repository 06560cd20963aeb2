import { readStyled } from './control-sequences.js';
import type { LogStream } from './log-event.js';
import { graphicsOf, PLAIN, type TextStyle } from './text-style.js';

/** A page cannot show more of a line in a row without getting slow; the download has all of it. */
export const LINE_CHARACTERS = 20_000;

const TAB = 8;
/** They stand in two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
/** They stand in none. */
const COMBINING = /[\p{M}\u200b-\u200d]/u;

interface Cells {
  /** A character a column; empty for the second column of a wide one. */
  characters: string[];
  styles: TextStyle[];
}

/** A line of a log as a terminal shows it: text that only grows, and cells once something is printed over it. */
export class LogRow {
  readonly number: number;
  readonly stream: LogStream;
  readonly at: number;
  #style: TextStyle;
  #text: string | null = '';
  #cells: Cells | null = null;
  #cut = 0;

  constructor(number: number, stream: LogStream, at: number, style: TextStyle) {
    this.number = number;
    this.stream = stream;
    this.at = at;
    this.#style = style;
  }

  get style(): TextStyle {
    return this.#style;
  }

  get text(): string {
    return (this.#text ??= this.#cells ? textOf(this.#cells) : '');
  }

  get cut(): number {
    return this.#cut;
  }

  /** Nothing has been printed over it. */
  get isText(): boolean {
    return this.#cells === null;
  }

  append(text: string): void {
    if (this.#cut > 0) this.#cut += text.length;
    else this.#text = this.text + text;
    const { length } = this.text;
    if (length <= LINE_CHARACTERS) return;
    this.#cut += length - LINE_CHARACTERS;
    this.#text = this.text.slice(0, LINE_CHARACTERS);
  }

  /** From now on it can be printed over. @returns the column after its end */
  open(): number {
    if (!this.#cells) {
      const cells: Cells = { characters: [], styles: [] };
      let column = 0;
      for (const { text, style } of readStyled(this.text, this.#style)) column = put(cells, column, text, style);
      this.#cells = cells;
      this.#style = PLAIN;
      this.#text = null;
    }
    return this.#cells.characters.length + this.#cut;
  }

  /** @returns the column after what is printed */
  print(column: number, text: string, style: TextStyle): number {
    const next = this.#change((cells) => put(cells, column, text, style));
    this.#cut = Math.max(this.#cut, next - LINE_CHARACTERS);
    return next;
  }

  eraseFrom(column: number): void {
    this.#change((cells) => shorten(cells, column));
    this.#cut = 0;
  }

  /** The column too. */
  eraseUpTo(column: number): void {
    const blanks = Math.min(column + 1, LINE_CHARACTERS);
    this.#change((cells) => put(cells, 0, ' '.repeat(blanks), PLAIN));
  }

  /** Shows what another row shows, which becomes empty; empty without one. */
  become(other: LogRow | null): void {
    this.eraseFrom(0);
    if (other === null) return;
    other.open();
    this.#cells = other.#cells;
    this.#cut = other.#cut;
    other.#cells = { characters: [], styles: [] };
    other.eraseFrom(0);
  }

  /** Nothing will be printed over it any more. */
  close(): void {
    this.#text = this.text;
    this.#cells = null;
  }

  #change<Result>(work: (cells: Cells) => Result): Result {
    this.open();
    this.#text = null;
    return work(this.#cells ?? { characters: [], styles: [] });
  }
}

const put = ({ characters, styles }: Cells, column: number, text: string, style: TextStyle): number => {
  let at = column;
  const set = (character: string): void => {
    if (at < LINE_CHARACTERS) {
      while (characters.length < at) {
        characters.push(' ');
        styles.push(PLAIN);
      }
      if (characters[at] === '') characters[at - 1] = ' '; // half of a wide one
      if (characters[at + 1] === '') characters[at + 1] = ' ';
      characters[at] = character;
      styles[at] = style;
    }
    at++;
  };
  for (const character of text) {
    if (character === '\t') at += TAB - (at % TAB);
    else if (character > '\u02ff' && at > 0 && COMBINING.test(character)) {
      if (at <= characters.length) characters[at - 1] = (characters[at - 1] ?? '') + character;
    } else {
      set(character);
      if (character > '\u10ff' && WIDE.test(character)) set('');
    }
  }
  return at;
};

const shorten = (cells: Cells, length: number): void => {
  if (cells.characters.length <= length) return;
  cells.characters.length = length;
  cells.styles.length = length;
};

/** With control sequences where the style changes. */
const textOf = ({ characters, styles }: Cells): string => {
  let text = '';
  let style = PLAIN;
  for (const [column, character] of characters.entries()) {
    const next = styles[column] ?? PLAIN;
    if (next !== style) text += graphicsOf(next);
    style = next;
    text += character;
  }
  return text;
};
