import { encodeEvent, type EncodedEvent, finalEvents } from '../../domain/run/run-event.js';
import { isFinal, type ScriptRun } from '../../domain/run/script-run.js';
import { LIMITS } from '../../domain/limits.js';
import { utf8Length } from '../../domain/text.js';
import type { RunLog } from '../ports/run-log.js';
import { ReadableLog } from '../readable-log.js';
import type { GetRun } from './get-run.js';

/**
 * A page of a run's events, ascending: those with `seq` > `since`, or the last ones with `seq` < `before`. It ends after `limit` events, and
 * before the event that would make it larger than `LIMITS.eventPageBytes`, unless that is its first. Read from the log as it is taken.
 * @throws DomainError `run.not-found`, `run.unreadable` before the first event
 */
export type ReadEvents = (query: {
  runId: string;
  limit: number;
  range: { since: number } | { before: number };
}) => Promise<AsyncIterable<readonly EncodedEvent[]>>;

/** What of a page waits in memory until it is taken. */
const PART_BYTES = 128 * 1024;
/** Events of which the size is looked at together. */
const MEASURED_EVENTS = 16;

export const makeReadEvents =
  ({ getRun, runLog }: { getRun: GetRun; runLog: RunLog }): ReadEvents =>
  async ({ runId, limit, range }) => {
    const run = await getRun(runId);
    const log = new ReadableLog(runLog, run);
    if ('since' in range) return eventsAfter(log, run, range.since, limit);
    const { since, count } = await beginningOf(log, run, range.before, limit);
    return eventsAfter(log, run, since, count);
  };

async function* eventsAfter(
  log: ReadableLog,
  run: ScriptRun,
  since: number,
  limit: number,
): AsyncGenerator<readonly EncodedEvent[]> {
  const page = new EventPage(limit);
  let seq = since;
  for (let atEnd = false; !atEnd && page.left > 0;) {
    const { events, cutShort } = await log.read(seq, page.left, PART_BYTES);
    const fitting = page.fit(events);
    if (fitting.length > 0) yield fitting;
    if (fitting.length < events.length) return;
    seq = fitting.at(-1)?.seq ?? seq;
    atEnd = cutShort || events.length === 0;
  }
  const end = page.fit(finalEventsOf(run).filter((event) => event.seq > seq));
  if (end.length > 0) yield end;
}

/** After which event a page begins that ends before `before`, and how many events it has. */
const beginningOf = async (
  log: ReadableLog,
  run: ScriptRun,
  before: number,
  limit: number,
): Promise<{ since: number; count: number }> => {
  const page = new EventPage(limit);
  const end = page.fit(
    finalEventsOf(run)
      .filter(({ seq }) => seq < before)
      .toReversed(),
  );
  let first = end.at(-1)?.seq ?? before;
  let count = end.length;
  while (page.left > 0 && first > 1) {
    const events = await log.readBefore(first, Math.min(MEASURED_EVENTS, page.left));
    const fitting = page.fit(events.toReversed());
    first = fitting.at(-1)?.seq ?? first;
    count += fitting.length;
    if (fitting.length < events.length || events.length === 0) break;
  }
  return { since: first - 1, count };
};

const finalEventsOf = (run: ScriptRun): EncodedEvent[] =>
  isFinal(run.status) ? finalEvents(run).map(encodeEvent) : [];

/** Counts what a page has room for. */
class EventPage {
  left: number;
  #room = LIMITS.eventPageBytes;
  #isEmpty = true;

  constructor(limit: number) {
    this.left = limit;
  }

  /** The first of these, as many as there is room for. */
  fit(events: readonly EncodedEvent[]): readonly EncodedEvent[] {
    const full = events.findIndex((event) => !this.#takes(event));
    return full === -1 ? events : events.slice(0, full);
  }

  #takes({ json }: EncodedEvent): boolean {
    const bytes = utf8Length(json) + 1;
    if (this.left === 0 || (bytes > this.#room && !this.#isEmpty)) return false;
    this.left--;
    this.#room -= bytes;
    this.#isEmpty = false;
    return true;
  }
}
