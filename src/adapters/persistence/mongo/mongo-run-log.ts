import { ObjectId } from 'mongodb';
import { DamagedLog, type RunLog, type RunLogWriter } from '../../../application/ports/run-log.js';
import type { EncodedEvent } from '../../../domain/run/run-event.js';
import { utf8Length } from '../../../domain/text.js';
import type { Documents } from './documents.js';
import { fromEventDocument } from './event-document.js';
import { fromStoredId, toStoredId } from './ids.js';
import { MongoRunLogWriter } from './mongo-run-log-writer.js';

/** One document an event, unique by `runId` and `seq`. */
export class MongoRunLog implements RunLog {
  readonly #events: Documents;

  constructor(events: Documents) {
    this.#events = events;
  }

  async open(runId: string): Promise<RunLogWriter> {
    return new MongoRunLogWriter(this.#events, this, runId, await this.lastSeq(runId));
  }

  async lastSeq(runId: string): Promise<number> {
    const reading = { sort: { seq: -1 }, limit: 1, projection: { seq: 1 } } as const;
    const [last] = await this.#events.find({ runId: toStoredId(runId), seq: { $gt: 0 } }, reading);
    return Number(last?.seq ?? 0);
  }

  async read(runId: string, after: number, limit: number, maxBytes = Infinity): Promise<readonly EncodedEvent[]> {
    const events: EncodedEvent[] = [];
    let bytes = 0;
    while (events.length < limit && bytes < maxBytes) {
      const wanted = Math.min(limit - events.length, howMany(maxBytes - bytes, events.length, bytes));
      const found = await this.#find(runId, { $gt: events.at(-1)?.seq ?? after }, 1, wanted).catch((error: unknown) => {
        if (error instanceof DamagedLog && events.length > 0) return [];
        throw error;
      });
      for (const event of found) {
        if (bytes >= maxBytes) break;
        events.push(event);
        bytes += utf8Length(event.json);
      }
      if (found.length < wanted) break;
    }
    return events;
  }

  async readBefore(runId: string, before: number, limit: number): Promise<readonly EncodedEvent[]> {
    return this.#find(runId, { $lt: before }, -1, limit);
  }

  /** In slices, each of which is answered in time. */
  async delete(runId: string): Promise<void> {
    const last = await this.lastSeq(runId);
    for (let to = DELETED_AT_ONCE; to < last; to += DELETED_AT_ONCE) {
      await this.#events.deleteAll({ runId: toStoredId(runId), seq: { $lte: to } });
    }
    await this.#events.deleteAll({ runId: toStoredId(runId) });
  }

  /** From one to the next along the index, as each has any number of events. */
  async *runIdsBefore(time: Date): AsyncGenerator<readonly string[]> {
    const end = ObjectId.createFromTime(Math.ceil(time.getTime() / 1000));
    for (let after = ObjectId.createFromTime(0); ;) {
      const reading = { sort: { runId: 1 }, limit: 1, projection: { runId: 1 } } as const;
      const [next] = await this.#events.find({ runId: { $gt: after, $lt: end } }, reading);
      if (!(next?.runId instanceof ObjectId)) return;
      yield [fromStoredId(next.runId)];
      after = next.runId;
    }
  }

  /** Events ascending, up to the first that is none. @throws DamagedLog when that is the first of all */
  async #find(runId: string, seq: object, order: 1 | -1, limit: number): Promise<EncodedEvent[]> {
    const reading = { sort: { seq: order }, limit, projection: { _id: 0, runId: 0 } } as const;
    const documents = await this.#events.find({ runId: toStoredId(runId), seq }, reading);
    if (order === -1) documents.reverse();
    const events: EncodedEvent[] = [];
    for (const document of documents) {
      const event = fromEventDocument(document);
      if (event) events.push(event);
      else if (events.length > 0) break;
      else
        throw new DamagedLog(
          Number(document.seq) - 1,
          `the document ${String(document.seq)} of the run ${runId} in ${this.#events.name} is no event`,
        );
    }
    return events;
  }
}

/** How many events to fetch for `room` bytes: a few at first, then as many as fit if they go on as they were. */
const howMany = (room: number, count: number, bytes: number): number => {
  if (room === Infinity) return Infinity;
  return count === 0 ? FIRST_EVENTS : Math.max(1, Math.ceil(room / (bytes / count)));
};

/** Of a flood each has 64 KiB, and there may be many viewers who lag. */
const FIRST_EVENTS = 4;
/** 8 MB, as most events are. */
const DELETED_AT_ONCE = 500;
