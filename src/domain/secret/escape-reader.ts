import { BYTE_UNIT, isByteUnit } from '../text.js';
import { isLetterOrDigit } from './encodings.js';
import { HTML_ENTITIES, LONGEST_ENTITY } from './html-entities.js';

/** Added to a byte that an escape stands for, as `%C3`, `\xc3` and `\303` do, or a byte unit, so that it is no code point. */
export const BYTE = 1 << 24;
/** More text is needed to tell what the character is. */
export const UNFINISHED = -1;
/** There is no such escape. */
const NONE = -2;

/** A text in UTF-16 has one before or behind each ASCII character, one in UTF-32 has three: so many are passed over. */
export const MOST_NULS = 3;

/** How many escapes within each other are undone. Backslashes before backslashes count as one. */
const LEVELS = 3;
/** So many are read as one character that no escape makes: work has to stay in proportion. */
const MOST_BACKSLASHES = 64;
const REPLACEMENT = 0xfffd;
const MOST_DIGITS = 8;

/**
 * Reads a text character by character with escapes undone: percent-encoding, HTML and XML references, and the
 * backslashes of shells, JSON and programming languages, in any mixture. A backslash that begins no other escape is
 * left out.
 */
export class EscapeReader {
  /** Where the last character that was read ends in the text. */
  end = 0;
  #text = '';
  #isWhole = false;

  /**
   * The code point at a place before the end of the text, or a byte plus `BYTE`.
   * @param isWhole nothing follows the text; otherwise the answer may be `UNFINISHED`
   */
  read(text: string, at: number, isWhole: boolean): number {
    this.#text = text;
    this.#isWhole = isWhole;
    return this.#read(at, LEVELS);
  }

  #read(at: number, levels: number): number {
    if (levels === 0) return this.#readAsItIs(at);
    const first = this.#read(at, levels - 1);
    const { end } = this;
    const escaped = this.#escape(first, levels - 1);
    if (escaped !== NONE) return escaped;
    this.end = end;
    return first;
  }

  #readAsItIs(at: number): number {
    let from = at;
    while (from < at + MOST_NULS && this.#text.charCodeAt(from) === 0) from++;
    if (from >= this.#text.length) return this.#isWhole ? NONE : UNFINISHED;
    const code = this.#text.codePointAt(from) ?? 0;
    this.end = from + (code > 0xffff ? 2 : 1);
    return isByteUnit(code) ? code - BYTE_UNIT + BYTE : code;
  }

  /** What the escape stands for that begins with `first`; what follows that is read with `levels` of escapes undone. */
  #escape(first: number, levels: number): number {
    if (first === PERCENT) return this.#percentEncoded(levels);
    if (first === AMPERSAND) return this.#reference(levels);
    if (first === BACKSLASH) return this.#backslashed(levels);
    return first >= 0xd800 && first <= 0xdbff ? this.#surrogatePair(first, levels) : NONE;
  }

  /** `%22`, `%u0022` */
  #percentEncoded(levels: number): number {
    const { end } = this;
    if (this.#read(end, levels) === SMALL_U) return this.#hexadecimal(4, levels);
    this.end = end;
    return asByte(this.#hexadecimal(2, levels));
  }

  /** `&quot;`, `&#34;`, `&#x22;` */
  #reference(levels: number): number {
    for (let name = ''; name.length <= LONGEST_ENTITY;) {
      const next = this.#read(this.end, levels);
      if (next === UNFINISHED) return UNFINISHED;
      if (next === SEMICOLON) return codePointOf(name);
      if (!isLetterOrDigit(next) && !(next === NUMBER_SIGN && name === '')) return NONE;
      name += String.fromCharCode(next);
    }
    return NONE;
  }

  /** `\"`, `\\\"`, `\n`, `\x22`, `\042`, `\u0022`, `\u{22}`, `\U00000022` */
  #backslashed(levels: number): number {
    let next = this.#read(this.end, levels);
    for (let count = 1; next === BACKSLASH; count++) {
      if (count === MOST_BACKSLASHES) return REPLACEMENT;
      next = this.#read(this.end, levels);
    }
    const { end } = this;
    const escaped = this.#letterEscape(next, levels);
    if (escaped !== NONE) return escaped;
    this.end = end;
    return next;
  }

  #letterEscape(letter: number, levels: number): number {
    if (letter === SMALL_X) return asByte(this.#hexadecimal(2, levels));
    if (letter === CAPITAL_U) return this.#hexadecimal(8, levels);
    if (letter >= ZERO && letter <= SEVEN) return this.#octal(letter - ZERO, levels);
    if (letter !== SMALL_U) return CONTROLS.get(letter) ?? NONE;
    const { end } = this;
    if (this.#read(end, levels) === OPENING_BRACE) return this.#braced(levels);
    this.end = end;
    return this.#hexadecimal(4, levels);
  }

  #hexadecimal(digits: number, levels: number): number {
    let value = 0;
    for (let i = 0; i < digits; i++) {
      const digit = this.#digit(levels);
      if (digit < 0) return digit;
      value = value * 16 + digit;
    }
    return value <= LAST_CODE_POINT ? value : NONE;
  }

  #braced(levels: number): number {
    let value = 0;
    for (let i = 0; i < MOST_DIGITS; i++) {
      const { end } = this;
      const digit = this.#digit(levels);
      if (digit >= 0) value = value * 16 + digit;
      else {
        if (digit === UNFINISHED) return UNFINISHED;
        this.end = end;
        return this.#read(end, levels) === CLOSING_BRACE && i > 0 && value <= LAST_CODE_POINT ? value : NONE;
      }
    }
    return NONE;
  }

  #digit(levels: number): number {
    const next = this.#read(this.end, levels);
    if (next === UNFINISHED) return UNFINISHED;
    const digit = '0123456789abcdef'.indexOf(String.fromCharCode(next).toLowerCase());
    return digit < 0 ? NONE : digit;
  }

  /** Up to three digits, of which `value` is the first. */
  #octal(value: number, levels: number): number {
    for (let digits = 1; digits < 3; digits++) {
      const { end } = this;
      const next = this.#read(end, levels);
      if (next === UNFINISHED) return UNFINISHED;
      if (next < ZERO || next > SEVEN || value * 8 + next - ZERO > 0xff) {
        this.end = end;
        break;
      }
      value = value * 8 + next - ZERO;
    }
    return asByte(value);
  }

  /** `\ud83d\ude00` */
  #surrogatePair(high: number, levels: number): number {
    const low = this.#read(this.end, levels);
    if (low === UNFINISHED) return UNFINISHED;
    return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) : NONE;
  }
}

const [NUMBER_SIGN, PERCENT, AMPERSAND, SEMICOLON, BACKSLASH] = [0x23, 0x25, 0x26, 0x3b, 0x5c] as const;
const [ZERO, SEVEN, OPENING_BRACE, CLOSING_BRACE] = [0x30, 0x37, 0x7b, 0x7d] as const;
const [SMALL_U, CAPITAL_U, SMALL_X] = [0x75, 0x55, 0x78] as const;
const LAST_CODE_POINT = 0x10ffff;

/** What `\n` and the like stand for, by letter. */
const CONTROLS: ReadonlyMap<number, number> = new Map(
  Object.entries({ a: 0x07, b: 0x08, t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d, e: 0x1b, E: 0x1b }).map(
    ([letter, code]) => [letter.charCodeAt(0), code],
  ),
);

const asByte = (value: number): number => (value < 0x80 ? value : value + BYTE);

/** Of what stands between `&` and `;`. */
const codePointOf = (name: string): number => {
  if (!name.startsWith('#')) return HTML_ENTITIES.get(name) ?? NONE;
  const [, decimal, hexadecimal = ''] = /^#(?:(\d{1,8})|[xX]([\da-fA-F]{1,8}))$/.exec(name) ?? [];
  const value = decimal ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return value <= LAST_CODE_POINT ? value : NONE;
};
