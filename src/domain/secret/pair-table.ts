/** Each pair of ASCII characters has its own place; others share them, which costs a look at what is no candidate. */
const PAIRS = 1 << 14;
const placeOf = (first: number, second: number): number => ((first << 7) ^ second) & (PAIRS - 1);

/** A set of pairs of UTF-16 units, which may hold some that were not added. */
export class PairTable {
  readonly #pairs = new Uint8Array(PAIRS);
  /** A pair with a greater unit is in the set if the first is one of `#firsts`. */
  #greatest = 0xffff;
  #firsts = new Uint8Array(0);

  /** Adds each of `first` with each of `second`. */
  add(first: readonly number[], second: readonly number[]): void {
    for (const one of first) for (const other of second) this.#pairs[placeOf(one, other)] = 1;
  }

  /** Adds each of these units with every other, where one of the two is not ASCII. */
  addBeyondAscii(firsts: readonly number[]): void {
    this.#greatest = 0x7f;
    this.#firsts = new Uint8Array(0x10000);
    for (const first of firsts) this.#firsts[first] = 1;
  }

  has(first: number, second: number): boolean {
    if (this.#pairs[placeOf(first, second)] === 1) return true;
    return (first | second) > this.#greatest && this.#firsts[first] === 1;
  }

  /** Where the next two characters of `text` are a pair of the set, or its last character. */
  next(text: string, from: number): number {
    const pairs = this.#pairs;
    const greatest = this.#greatest;
    const firsts = this.#firsts;
    const last = text.length - 1;
    let unit = text.charCodeAt(from);
    for (let i = from; i < last; i++) {
      const following = text.charCodeAt(i + 1);
      if (pairs[placeOf(unit, following)] === 1 || ((unit | following) > greatest && firsts[unit] === 1)) return i;
      unit = following;
    }
    return last;
  }
}
