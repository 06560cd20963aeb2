const MASK = '***';
/** In UTF-16, where the other byte of the first or last character is beside the span. */
const WIDE_MASK = '*\0*\0*';

/** Passes text on with `***` in place of spans of it; spans that overlap are one. Places count from its beginning. */
export class SpanCover {
  /** Starts and ends of spans that are not passed yet, in order, none touching the next. */
  readonly #spans: [start: number, end: number][] = [];
  /** Up to here the text has been passed. */
  #passed = 0;
  /** Up to here it belongs to a span whose mask is out already. */
  #masked = 0;

  /** @param end not before the end of an earlier span that does not touch this one */
  add(start: number, end: number): void {
    let from = start;
    let to = end;
    for (let last = this.#spans.at(-1); last && last[1] > from; last = this.#spans.at(-1)) {
      from = Math.min(from, last[0]);
      to = Math.max(to, last[1]);
      this.#spans.pop();
    }
    this.#spans.push([from, to]);
  }

  /**
   * What can go out of a text when no span that is added later begins before its first `settled` characters are over.
   * @param text all that has not been passed
   */
  pass(text: string, settled: number): string {
    const origin = this.#passed;
    const limit = origin + settled;
    const visibleFrom = (): number => Math.min(Math.max(this.#masked, origin), limit) - origin;
    let passed = '';
    let at = visibleFrom();
    for (let [span] = this.#spans; span && span[0] <= limit; [span] = this.#spans) {
      const [start, end] = span;
      if (start >= this.#masked)
        passed += text.slice(at, start - origin) + (text.charCodeAt(start - origin + 1) === 0 ? WIDE_MASK : MASK);
      this.#masked = Math.max(this.#masked, end);
      at = visibleFrom();
      this.#spans.shift();
    }
    this.#passed = limit;
    return passed + text.slice(at, settled);
  }
}
