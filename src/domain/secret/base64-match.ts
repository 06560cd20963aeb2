import { BASE64_GROUP } from '../base64.js';
import type { PatternAutomaton } from './pattern-automaton.js';
import { PatternProgress } from './pattern-progress.js';
import type { SpanCover } from './span-cover.js';
import { isLineBreak } from './unescaped-units.js';

/** Finds base64 in a stream, character by character, in both alphabets and over line breaks. */
export class Base64Match {
  readonly #progress: PatternProgress;
  /** The line break that came last within base64; 0 when something else did. */
  #lineBreak = 0;

  constructor(patterns: PatternAutomaton, cover: SpanCover) {
    this.#progress = new PatternProgress(patterns, cover);
  }

  /** How many characters may be the beginning of a pattern, line breaks not counted. */
  get begun(): number {
    return this.#progress.begun;
  }

  get from(): number {
    return this.#progress.from;
  }

  reset(): void {
    this.#progress.reset();
    this.#lineBreak = 0;
  }

  /** @param code what an `EscapeReader` has read from `start` to `end` */
  read(code: number, start: number, end: number): void {
    if (isLineBreak(code)) this.#afterLineBreak(code);
    else {
      this.#lineBreak = 0;
      this.#progress.step(standardSpelling(code), start, end);
    }
  }

  /** One line break may be within base64, once a group of it has come: encoders break lines between groups only. */
  #afterLineBreak(code: number): void {
    const isFirst = this.#lineBreak === 0 || (this.#lineBreak === CR && code === LF);
    if (isFirst && this.begun >= BASE64_GROUP) this.#lineBreak = code;
    else this.reset();
  }
}

const [LF, CR] = [0x0a, 0x0d] as const;
const [PLUS, SLASH, MINUS, UNDERSCORE] = [0x2b, 0x2f, 0x2d, 0x5f] as const;

/** The URL alphabet of base64 differs in two characters. */
const standardSpelling = (code: number): number => (code === MINUS ? PLUS : code === UNDERSCORE ? SLASH : code);

/** What a text may have for a character of base64. */
export const spellingsOfBase64 = (code: number): readonly number[] =>
  code === PLUS ? [PLUS, MINUS] : code === SLASH ? [SLASH, UNDERSCORE] : [code];
