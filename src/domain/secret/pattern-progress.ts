import type { PatternAutomaton } from './pattern-automaton.js';
import type { SpanCover } from './span-cover.js';

/** A shorter pattern is not taken for one that a line break has parted. */
const SHORTEST_PARTED = 8;

/** How far patterns have come in a stream whose units are not its characters: it knows where each unit is. */
export class PatternProgress {
  /** How many units may be the beginning of a pattern. */
  begun = 0;
  readonly #automaton: PatternAutomaton;
  readonly #cover: SpanCover;
  #state = 0;
  /** Where the last units begin, as many as `#count`; more than the longest pattern has are forgotten now and then. */
  readonly #starts: number[] = [];
  #count = 0;
  /** How many of them have been moved to where the text begins that has not gone out. */
  #moved = 0;

  constructor(automaton: PatternAutomaton, cover: SpanCover) {
    this.#automaton = automaton;
    this.#cover = cover;
  }

  /** Where that beginning is; `Infinity` when there is none. */
  get from(): number {
    return this.begun === 0 ? Infinity : (this.#starts[this.#count - this.begun] ?? Infinity);
  }

  /** Whether the next unit may be this one. */
  expects(unit: number): boolean {
    return this.#automaton.child(this.#state, unit) !== 0;
  }

  /** Takes the unit from `start` to `end`, and covers the longest pattern that ends with it. */
  step(unit: number, start: number, end: number): void {
    const automaton = this.#automaton;
    const state = automaton.step(this.#state, unit);
    if (state === 0) {
      this.reset();
      return;
    }
    this.#state = state;
    this.begun = automaton.partial[state] ?? 0;
    if (this.#count >= 2 * automaton.longestPattern) this.#forget();
    this.#starts[this.#count++] = start;
    const length = automaton.longest[state] ?? 0;
    if (length === 0) return;
    const first = this.#count - length;
    if (first >= this.#moved || length >= SHORTEST_PARTED) this.#cover.add(this.#starts[first] ?? start, end);
  }

  /** Lets the text up to `end` go out; a pattern that goes on is covered from there. */
  letPass(end: number): void {
    this.#starts.fill(end, 0, this.#count);
    this.#moved = this.#count;
  }

  reset(): void {
    this.#state = 0;
    this.begun = 0;
    this.#count = 0;
    this.#moved = 0;
  }

  #forget(): void {
    const kept = this.#automaton.longestPattern;
    this.#starts.copyWithin(0, this.#count - kept, this.#count);
    this.#moved = Math.max(0, this.#moved - this.#count + kept);
    this.#count = kept;
  }
}
