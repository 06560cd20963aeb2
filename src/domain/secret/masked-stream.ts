import { Base64Match } from './base64-match.js';
import { isLetterOrDigit, utf8Of } from './encodings.js';
import { EscapeReader, MOST_NULS, UNFINISHED } from './escape-reader.js';
import { PatternProgress } from './pattern-progress.js';
import type { SecretPatterns } from './secret-patterns.js';
import { SpanCover } from './span-cover.js';
import { UnescapedMatch } from './unescaped-match.js';

/** What has come of one stream, masked as far as it can be told. */
export class MaskedStream {
  readonly #patterns: SecretPatterns;
  readonly #cover = new SpanCover();
  readonly #reader = new EscapeReader();
  readonly #unescaped: UnescapedMatch;
  readonly #base64: Base64Match;
  readonly #utf16: PatternProgress;
  #plainState = 0;
  /** The end of what has come, in which a secret may have begun. */
  #held = '';
  /** How many characters have gone before it. */
  #origin = 0;
  /** How much of it has been read: an escape is read when it is whole. */
  #read = 0;
  /** What was read last is one UTF-16 unit, and no escape. */
  #isUnit = true;
  /** How many NULs were read last. */
  #nuls = 0;

  constructor(patterns: SecretPatterns) {
    this.#patterns = patterns;
    this.#unescaped = new UnescapedMatch(patterns.unescaped, this.#cover);
    this.#base64 = new Base64Match(patterns.base64, this.#cover);
    this.#utf16 = new PatternProgress(patterns.utf16, this.#cover);
  }

  /** What can be passed on now: all but an end that may be the beginning of a secret. */
  push(piece: string): string {
    const text = this.#held + piece;
    this.#scan(text, false);
    return this.#pass(text, this.#settled(text));
  }

  /** What is left when nothing more comes: a secret that is not whole is none. */
  end(): string {
    const text = this.#held;
    this.#scan(text, true);
    return this.#pass(text, text.length);
  }

  #pass(text: string, settled: number): string {
    const passed = this.#cover.pass(text, settled);
    this.#held = text.slice(settled);
    this.#origin += settled;
    this.#read -= settled;
    return passed;
  }

  /** With what it needs in variables: fields cost three times as much here. */
  #scan(text: string, isWhole: boolean): void {
    const { plain, beginnings, isNulSecond } = this.#patterns;
    const reader = this.#reader;
    const unescaped = this.#unescaped;
    const base64 = this.#base64;
    const utf16 = this.#utf16;
    const origin = this.#origin;
    let state = this.#plainState;
    let at = this.#read;
    let isUnit = this.#isUnit;
    let nuls = this.#nuls;
    while (at < text.length) {
      const begun = Math.max(plain.partial[state] ?? 0, unescaped.begun, base64.begun, utf16.begun);
      const isIdle =
        begun === 0 || (begun === 1 && isUnit && !beginnings.has(text.charCodeAt(at - 1), text.charCodeAt(at)));
      if (isIdle) {
        state = 0;
        unescaped.reset();
        base64.reset();
        utf16.reset();
        at = beginnings.next(text, at);
      }
      let code = text.charCodeAt(at);
      let start = at;
      let end = at + 1;
      if (code >= 0x80 || isEscape(code)) {
        code = reader.read(text, at, isWhole);
        if (code === UNFINISHED) break;
        end = reader.end;
        if (isLetterAfterBackslash(text, end, code, isIdle)) {
          start = end - 1;
          code = text.charCodeAt(start);
        }
      }
      isUnit = end - at === 1 && code !== 0;
      nuls = code === 0 && !isIdle ? nuls + 1 : 0;
      const mayBegin = !isNulSecond || end - at > 1 || end >= text.length || text.charCodeAt(end) === 0;
      if (mayBegin || utf16.begun > 0) stepBytes(utf16, text, origin, at, end);
      while (at < end) {
        state = plain.step(state, text.charCodeAt(at++));
        const length = plain.longest[state] ?? 0;
        if (length > 0) this.#cover.add(origin + at - length, origin + at);
      }
      if (nuls > 0 && nuls <= MOST_NULS) continue;
      unescaped.read(code, origin + start, origin + end);
      base64.read(code, origin + start, origin + end);
    }
    this.#plainState = state;
    this.#read = at;
    this.#isUnit = isUnit;
    this.#nuls = nuls;
  }

  /** Up to where no secret that is yet to end can begin. */
  #settled(text: string): number {
    const plain = this.#read - (this.#patterns.plain.partial[this.#plainState] ?? 0);
    const elsewhere = Math.min(this.#unescaped.from, this.#base64.from, this.#utf16.from) - this.#origin;
    return Math.min(plain, elsewhere, text.length);
  }
}

/** Takes the bytes of a part of the text. */
const stepBytes = (progress: PatternProgress, text: string, origin: number, from: number, to: number): void => {
  for (let at = from; at < to;) {
    const code = text.codePointAt(at) ?? 0;
    const end = at + (code > 0xffff ? 2 : 1);
    if (code < 0x80) progress.step(code, origin + at, origin + end);
    else for (const byte of utf8Of(code)) progress.step(byte, origin + at, origin + end);
    at = end;
  }
};

const BACKSLASH = 0x5c;
const isEscape = (unit: number): boolean => unit === BACKSLASH || unit === 0x25 || unit === 0x26;

/**
 * Whether a letter or digit behind a backslash is to be read as it is: where it is no escape, and where nothing has
 * begun, since no secret begins with a control character.
 */
const isLetterAfterBackslash = (text: string, end: number, code: number, isIdle: boolean): boolean => {
  const [before, last] = [text.charCodeAt(end - 2), text.charCodeAt(end - 1)];
  return before === BACKSLASH && isLetterOrDigit(last) && (code === last || (isIdle && code < 0x20));
};
