import type { PatternAutomaton } from './pattern-automaton.js';
import { PatternProgress } from './pattern-progress.js';
import type { SpanCover } from './span-cover.js';
import { bytesOf, GAP, isGap, isLineBreak, isSpace } from './unescaped-units.js';

/** Characters. A gap may be where a secret has none once so many of it have come: a long line was wrapped. */
const WRAPPED = 8;
/** Fewer before a line break are not held back: they would be the end of many a line. */
const HELD_OVER_LINE = 6;
/** Of the characters in a gap, so that what is held back has a bound. */
const LONGEST_GAP = 64;

/** Finds patterns of `patternsOf` in a stream, character by character. */
export class UnescapedMatch {
  readonly #progress: PatternProgress;
  /** How many characters the gap has in which the stream is; 0 outside of one, and where nothing has begun. */
  #gap = 0;
  /** What has begun is a quote or plus sign at the beginning of a pattern. */
  #isOpening = false;

  constructor(patterns: PatternAutomaton, cover: SpanCover) {
    this.#progress = new PatternProgress(patterns, cover);
  }

  /** How many characters may be the beginning of a pattern. */
  get begun(): number {
    return this.#progress.begun === 0 ? 0 : this.#progress.begun + this.#gap;
  }

  get from(): number {
    return this.#progress.from;
  }

  reset(): void {
    this.#progress.reset();
    this.#gap = 0;
    this.#isOpening = false;
  }

  /** @param code what an `EscapeReader` has read from `start` to `end` */
  read(code: number, start: number, end: number): void {
    if (isGap(code)) this.#readGap(code, start, end);
    else {
      this.#gap = 0;
      this.#isOpening = false;
      if (code < 0x80) this.#progress.step(code, start, end);
      else for (const byte of bytesOf(code)) this.#progress.step(byte, start, end);
    }
  }

  #readGap(code: number, start: number, end: number): void {
    const progress = this.#progress;
    if (this.begun === 0) this.reset();
    this.#gap++;
    if (this.#gap > LONGEST_GAP) this.reset();
    else if (this.#gap === 1 && !this.#isWrap(code)) progress.step(GAP, start, end);
    if (progress.begun === 0 || (this.#isOpening && !isSpace(code))) {
      progress.reset();
      progress.step(code, start, end);
      this.#isOpening = progress.begun > 0;
    }
    if (progress.begun > 0 && progress.begun < HELD_OVER_LINE && isLineBreak(code)) progress.letPass(end);
  }

  #isWrap(code: number): boolean {
    const { begun } = this.#progress;
    return begun > 0 && !this.#progress.expects(GAP) && (isLineBreak(code) || begun >= WRAPPED);
  }
}
