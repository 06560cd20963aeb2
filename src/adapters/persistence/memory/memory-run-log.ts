import type { RunLog, RunLogWriter } from '../../../application/ports/run-log.js';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
import { utf8Length } from '../../../domain/text.js';
import { timeOfId } from '../rows/row.js';

export class MemoryRunLog implements RunLog {
  readonly #logs = new Map<string, EncodedEvent[]>();

  async open(runId: string): Promise<RunLogWriter> {
    const events = this.#logs.get(runId) ?? [];
    this.#logs.set(runId, events);
    return {
      get lastSeq() {
        return events.at(-1)?.seq ?? 0;
      },
      append: async (appended) => {
        const last = events.at(-1)?.seq ?? 0;
        if (appended[0] && appended[0].seq !== last + 1)
          throw new Error(`event ${appended[0].seq} does not follow on ${last}`);
        events.push(...copies(appended));
      },
      close: () => Promise.resolve(),
    };
  }

  async lastSeq(runId: string): Promise<number> {
    return this.#logs.get(runId)?.at(-1)?.seq ?? 0;
  }

  async read(runId: string, after: number, limit: number, maxBytes = Infinity): Promise<readonly EncodedEvent[]> {
    const events = this.#logs.get(runId) ?? [];
    const from = indexOfFirst(events, after + 1);
    let to = from;
    for (let bytes = 0; to < events.length && to - from < limit && bytes < maxBytes; to++) {
      bytes += utf8Length(events[to]?.json ?? '');
    }
    return copies(events.slice(from, to));
  }

  async readBefore(runId: string, before: number, limit: number): Promise<readonly EncodedEvent[]> {
    const events = this.#logs.get(runId) ?? [];
    const to = indexOfFirst(events, before);
    return copies(events.slice(Math.max(0, to - limit), to));
  }

  async delete(runId: string): Promise<void> {
    this.#logs.delete(runId);
  }

  async *runIdsBefore(time: Date): AsyncGenerator<readonly string[]> {
    yield [...this.#logs.keys()].filter((runId) => timeOfId(runId) < time);
  }
}

const copies = (events: readonly EncodedEvent[]): EncodedEvent[] => events.map((event) => ({ ...event }));

/** Where the events with `seq` or more begin. */
const indexOfFirst = (events: readonly EncodedEvent[], seq: number): number => {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.seq ?? Infinity) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
};
