import { BASE64_GROUP, base64Patterns } from './base64-patterns.js';
import { PatternAutomaton } from './pattern-automaton.js';
import { printedForms } from './printed-forms.js';
import { SpanCover } from './span-cover.js';

/** Shorter secrets would mask what has nothing to do with them. Also the least length of what is looked for. */
export const SHORTEST_SECRET = 4;

/** Replaces secrets by `***`, in every form in which they are likely to be printed. */
export class SecretMasker {
  readonly #plain: PatternAutomaton;
  readonly #base64: PatternAutomaton;
  readonly #pairs = new Uint8Array(PAIRS);

  constructor(secrets: readonly string[]) {
    const plain = longEnough(secrets.flatMap(printedForms));
    const base64 = longEnough(secrets.flatMap(base64Patterns));
    this.#plain = new PatternAutomaton(plain);
    this.#base64 = new PatternAutomaton(base64);
    for (const pattern of plain) this.#allowPair(pattern.charCodeAt(0), pattern.charCodeAt(1));
    for (const pattern of base64) {
      for (const first of spellingsOf(pattern.charCodeAt(0)))
        for (const second of spellingsOf(pattern.charCodeAt(1))) this.#allowPair(first, second);
    }
  }

  /** For one stream of text that comes in pieces. */
  stream(): MaskedStream {
    return new MaskedStream(this.#plain, this.#base64, this.#pairs);
  }

  /** A text that is whole. */
  text(text: string): string {
    const stream = this.stream();
    return stream.push(text) + stream.end();
  }

  /** A JSON value: texts and names in it, and numbers whose digits are a secret. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [this.text(name), this.value(item)]));
    }
    const printed = String(value);
    const masked = this.text(printed);
    return masked === printed ? value : masked;
  }

  #allowPair(first: number, second: number): void {
    this.#pairs[pairOf(first, second)] = 1;
  }
}

/** What has come of one stream, masked as far as it can be told. */
class MaskedStream {
  readonly #plain: PatternAutomaton;
  readonly #base64: PatternAutomaton;
  readonly #pairs: Uint8Array;
  readonly #cover = new SpanCover();
  #plainState = 0;
  #base64State = 0;
  /** The line break that came last within base64; 0 when something else did. */
  #lineBreak = 0;
  /** The end of what has come, in which a secret may have begun. */
  #held = '';

  constructor(plain: PatternAutomaton, base64: PatternAutomaton, pairs: Uint8Array) {
    this.#plain = plain;
    this.#base64 = base64;
    this.#pairs = pairs;
  }

  /** What can be passed on now: all but an end that may be the beginning of a secret. */
  push(piece: string): string {
    const text = this.#held + piece;
    this.#scan(text, this.#held.length);
    const settled = this.#settled(text);
    const passed = this.#cover.pass(text, settled);
    this.#held = text.slice(settled);
    return passed;
  }

  /** What is left when nothing more comes: a secret that is not whole is none. */
  end(): string {
    const rest = this.#cover.pass(this.#held, this.#held.length);
    this.#held = '';
    return rest;
  }

  /** With what it needs in variables: fields cost three times as much here. */
  #scan(text: string, from: number): void {
    const plain = this.#plain;
    const base64 = this.#base64;
    let plainState = this.#plainState;
    let base64State = this.#base64State;
    for (let i = from; i < text.length; i++) {
      const begun = Math.max(plain.partial[plainState] ?? 0, base64.partial[base64State] ?? 0);
      if (begun === 0 || (begun === 1 && !this.#beginsPattern(text, i - 1))) {
        plainState = base64State = 0;
        i = this.#nextCandidate(text, i);
      }
      const unit = text.charCodeAt(i);
      plainState = plain.step(plainState, unit);
      const length = plain.longest[plainState] ?? 0;
      if (length > 0) this.#cover.add(i + 1 - length, i + 1);
      if (isLineBreak(unit)) base64State = this.#afterLineBreak(base64State, unit);
      else {
        this.#lineBreak = 0;
        base64State = base64.step(base64State, standardSpelling(unit));
        const encoded = base64.longest[base64State] ?? 0;
        if (encoded > 0) this.#cover.add(startOf(text, i + 1, encoded), i + 1);
      }
    }
    this.#plainState = plainState;
    this.#base64State = base64State;
  }

  #beginsPattern(text: string, at: number): boolean {
    return this.#pairs[pairOf(text.charCodeAt(at), text.charCodeAt(at + 1))] === 1;
  }

  /** Where the next two characters begin a pattern, or the last character. */
  #nextCandidate(text: string, from: number): number {
    const pairs = this.#pairs;
    const last = text.length - 1;
    let unit = text.charCodeAt(from);
    for (let i = from; i < last; i++) {
      const next = text.charCodeAt(i + 1);
      if (pairs[pairOf(unit, next)] === 1) return i;
      unit = next;
    }
    return last;
  }

  /** One line break may be within base64, once a group of it has come. */
  #afterLineBreak(state: number, unit: number): number {
    const isFirst = this.#lineBreak === 0 || (this.#lineBreak === CR && unit === LF);
    const stays = isFirst && (this.#base64.partial[state] ?? 0) >= BASE64_GROUP;
    this.#lineBreak = stays ? unit : 0;
    return stays ? state : 0;
  }

  /** Up to where no secret that is yet to end can begin. */
  #settled(text: string): number {
    const plain = text.length - (this.#plain.partial[this.#plainState] ?? 0);
    if (this.#base64State === 0) return plain;
    return Math.min(plain, startOf(text, text.length, this.#base64.partial[this.#base64State] ?? 0));
  }
}

export type { MaskedStream };

const LF = 0x0a;
const CR = 0x0d;
const isLineBreak = (unit: number): boolean => unit === LF || unit === CR;

/** Where `length` characters of base64 that end at `end` begin, line breaks not counted. */
const startOf = (text: string, end: number, length: number): number => {
  let start = end;
  for (let left = length; left > 0;) if (!isLineBreak(text.charCodeAt(--start))) left--;
  return start;
};

const longEnough = (patterns: readonly string[]): ReadonlySet<string> =>
  new Set(patterns.filter(({ length }) => length >= SHORTEST_SECRET));

const [PLUS, SLASH, MINUS, UNDERSCORE] = [0x2b, 0x2f, 0x2d, 0x5f] as const;
/** The URL alphabet of base64 differs in two characters. */
const standardSpelling = (unit: number): number => (unit === MINUS ? PLUS : unit === UNDERSCORE ? SLASH : unit);
const spellingsOf = (unit: number): readonly number[] =>
  unit === PLUS ? [PLUS, MINUS] : unit === SLASH ? [SLASH, UNDERSCORE] : [unit];

/** Each pair of ASCII characters has its own place; others share them, which costs a look at what is no candidate. */
const PAIRS = 1 << 14;
const pairOf = (first: number, second: number): number => ((first << 7) ^ second) & (PAIRS - 1);
