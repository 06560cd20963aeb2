import type { RunLog, RunLogWriter } from '../../../application/ports/run-log.js';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
import { utf8Length } from '../../../domain/text.js';
import type { Documents } from './documents.js';
import { toEventDocument } from './event-document.js';
import { toStoredId } from './ids.js';
import { isDuplicateKey } from './mongo-errors.js';

/**
 * Appends with ordered inserts, so that what an outage leaves of one has no gap. Of a write that was not answered nobody knows how much is
 * stored, or still will be: when the same events come again, those that are there are passed over.
 */
export class MongoRunLogWriter implements RunLogWriter {
  readonly #events: Documents;
  readonly #log: RunLog;
  readonly #runId: string;
  #lastSeq: number;

  constructor(events: Documents, log: RunLog, runId: string, lastSeq: number) {
    this.#events = events;
    this.#log = log;
    this.#runId = runId;
    this.#lastSeq = lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  async append(events: readonly EncodedEvent[]): Promise<void> {
    for (const event of events) requireKeepable(event);
    let rest = events;
    while (rest.length > 0) {
      try {
        const runId = toStoredId(this.#runId);
        await this.#events.insertInOrder(rest.map((event) => toEventDocument(runId, event)));
        rest = [];
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        rest = await this.#notYetStored(rest);
      }
    }
    this.#lastSeq = events.at(-1)?.seq ?? this.#lastSeq;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What is left to insert of events of which at least one is there already. */
  async #notYetStored(events: readonly EncodedEvent[]): Promise<readonly EncodedEvent[]> {
    const first = events[0]?.seq ?? 1;
    const stored = await this.#log.read(this.#runId, first - 1, events.length);
    const foreign = events.find((event, i) => stored[i] && stored[i].json !== event.json);
    if (foreign ?? stored.length === 0) {
      throw new Error(`somebody else writes the log of the run ${this.#runId} too: event ${foreign?.seq ?? first}`);
    }
    return events.slice(stored.length);
  }
}

/** MongoDB takes documents of 16 MiB, names and all; a server may close the connection on a larger one, which looks like an outage. */
const MOST_EVENT_BYTES = 15 * 1024 * 1024;

const requireKeepable = ({ seq, json }: EncodedEvent): void => {
  const bytes = utf8Length(json);
  if (bytes > MOST_EVENT_BYTES) {
    throw new Error(`event ${seq} has ${bytes} bytes; MongoDB keeps at most ${MOST_EVENT_BYTES} of one`);
  }
};
