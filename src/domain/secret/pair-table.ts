/** Each pair of ASCII characters has its own place; others share them, which costs a look at what is no candidate. */
const PAIRS = 1 << 14;
const placeOf = (first: number, second: number): number => ((first << 7) ^ second) & (PAIRS - 1);

/** A set of pairs of UTF-16 units, which may hold some that were not added. */
export class PairTable {
  readonly #pairs = new Uint8Array(PAIRS);
  /** A pair with a greater unit is in the set. */
  #greatest = 0xffff;

  /** Adds each of `first` with each of `second`. */
  add(first: readonly number[], second: readonly number[]): void {
    for (const one of first) for (const other of second) this.#pairs[placeOf(one, other)] = 1;
  }

  /** Adds every pair of which one is not ASCII. */
  addAllBeyondAscii(): void {
    this.#greatest = 0x7f;
  }

  has(first: number, second: number): boolean {
    return this.#pairs[placeOf(first, second)] === 1 || (first | second) > this.#greatest;
  }

  /** Where the next two characters of `text` are a pair of the set, or its last character. */
  next(text: string, from: number): number {
    const pairs = this.#pairs;
    const greatest = this.#greatest;
    const last = text.length - 1;
    let unit = text.charCodeAt(from);
    for (let i = from; i < last; i++) {
      const following = text.charCodeAt(i + 1);
      if (pairs[placeOf(unit, following)] === 1 || (unit | following) > greatest) return i;
      unit = following;
    }
    return last;
  }
}
