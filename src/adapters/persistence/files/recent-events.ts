import type { EncodedEvent } from '../../../domain/run/run-event.js';

const MAX_EVENTS = 64;
const MAX_CHARACTERS = 32 * 1024;

/** Copies of the last events of one log, without a gap between them; a bounded number of characters. */
export class RecentEvents {
  readonly #events: EncodedEvent[] = [];
  #characters = 0;

  add(events: readonly EncodedEvent[]): void {
    for (const event of events) {
      this.#events.push({ ...event });
      this.#characters += event.json.length;
    }
    while (this.#events.length > MAX_EVENTS || this.#characters > MAX_CHARACTERS) {
      this.#characters -= this.#events.shift()?.json.length ?? 0;
    }
  }

  /** At most `limit` of those after `seq`, no more once they have `maxBytes`; null when the first of them is not here. */
  after(seq: number, limit: number, maxBytes: number): readonly EncodedEvent[] | null {
    const [first] = this.#events;
    if (!first || first.seq > seq + 1) return null;
    const from = seq + 1 - first.seq;
    let to = from;
    for (let bytes = 0; to < this.#events.length && to - from < limit && bytes < maxBytes; to++) {
      bytes += this.#events[to]?.json.length ?? 0;
    }
    return this.#events.slice(from, to).map((event) => ({ ...event }));
  }
}
