/**
 * Finds every place where one of many patterns ends, reading each character once: the automaton of Aho and Corasick
 * ("Efficient string matching", CACM 18(6), 1975). A state is a number; 0 is where nothing has begun.
 */
export class PatternAutomaton {
  /** By state: the length of the longest pattern that ends here, 0 for none. */
  readonly longest: Int32Array;
  /** By state: how many of the last characters are the beginning of a pattern that may still be completed. */
  readonly partial: Int32Array;
  readonly #unit: Uint16Array;
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;
  /** By state: that of the longest proper ending which is also the beginning of a pattern. */
  readonly #fallback: Int32Array;
  /** Units of the longest pattern. */
  readonly longestPattern: number;
  /** Most characters are met where nothing has begun: its children are looked up, not searched. */
  readonly #begun = new Int32Array(128);
  #states = 1;

  constructor(patterns: Iterable<string>) {
    const all = [...patterns];
    const most = all.reduce((sum, { length }) => sum + length, 1);
    this.longest = new Int32Array(most);
    this.partial = new Int32Array(most);
    this.#unit = new Uint16Array(most);
    this.#firstChild = new Int32Array(most);
    this.#nextSibling = new Int32Array(most);
    this.#fallback = new Int32Array(most);
    this.longestPattern = all.reduce((longest, { length }) => Math.max(longest, length), 0);
    for (const pattern of all) this.#insert(pattern);
    this.#link();
  }

  /** The state after one more character, a UTF-16 unit. */
  step(state: number, unit: number): number {
    for (let from = state; ; from = this.#fallback[from] ?? 0) {
      const next = this.child(from, unit);
      if (next !== 0 || from === 0) return next;
    }
  }

  #insert(pattern: string): void {
    let state = 0;
    for (let i = 0; i < pattern.length; i++) {
      const unit = pattern.charCodeAt(i);
      state = this.child(state, unit) || this.#add(state, unit);
    }
    this.longest[state] = pattern.length;
  }

  #add(parent: number, unit: number): number {
    const state = this.#states++;
    this.#unit[state] = unit;
    this.#nextSibling[state] = this.#firstChild[parent] ?? 0;
    this.#firstChild[parent] = state;
    if (parent === 0 && unit < this.#begun.length) this.#begun[unit] = state;
    return state;
  }

  /** The state in which a pattern goes on with `unit`, 0 where none does. */
  child(parent: number, unit: number): number {
    if (parent === 0 && unit < this.#begun.length) return this.#begun[unit] ?? 0;
    let child = this.#firstChild[parent] ?? 0;
    while (child !== 0 && this.#unit[child] !== unit) child = this.#nextSibling[child] ?? 0;
    return child;
  }

  /** Level by level, since a fallback is always shorter. */
  #link(): void {
    let level = [0];
    for (let depth = 1; level.length > 0; depth++) {
      const next: number[] = [];
      for (const parent of level) {
        for (let state = this.#firstChild[parent] ?? 0; state !== 0; state = this.#nextSibling[state] ?? 0) {
          const fallback = parent === 0 ? 0 : this.step(this.#fallback[parent] ?? 0, this.#unit[state] ?? 0);
          this.#fallback[state] = fallback;
          this.longest[state] ||= this.longest[fallback] ?? 0;
          this.partial[state] = this.#firstChild[state] === 0 ? (this.partial[fallback] ?? 0) : depth;
          next.push(state);
        }
      }
      level = next;
    }
  }
}
