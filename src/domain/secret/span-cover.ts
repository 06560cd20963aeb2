const MASK = '***';

/** Passes text on with `***` in place of spans of it; spans that overlap are one. Places count from the first character not yet settled. */
export class SpanCover {
  /** Starts and ends of spans that are not passed yet, in order, none touching the next. */
  readonly #spans: [start: number, end: number][] = [];
  /** Up to here the text belongs to a span whose mask is out already. */
  #masked = 0;

  /** @param end not before that of any span added earlier */
  add(start: number, end: number): void {
    let from = start;
    for (let last = this.#spans.at(-1); last && last[1] > from; last = this.#spans.at(-1)) {
      from = Math.min(from, last[0]);
      this.#spans.pop();
    }
    this.#spans.push([from, end]);
  }

  /**
   * What can go out when no span that is added later begins before `settled`; places count from there afterwards.
   * @param text all that is not settled yet
   */
  pass(text: string, settled: number): string {
    let passed = '';
    let at = Math.min(this.#masked, settled);
    for (let [span] = this.#spans; span && span[0] <= settled; [span] = this.#spans) {
      const [start, end] = span;
      if (start >= this.#masked) passed += text.slice(at, start) + MASK;
      this.#masked = Math.max(this.#masked, end);
      at = Math.min(this.#masked, settled);
      this.#spans.shift();
    }
    passed += text.slice(at, settled);
    this.#masked = Math.max(0, this.#masked - settled);
    for (const span of this.#spans) {
      span[0] -= settled;
      span[1] -= settled;
    }
    return passed;
  }
}
