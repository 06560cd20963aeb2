import { encodeEvent, type EncodedEvent, finalEvents } from '../../domain/run/run-event.js';
import { isFinal } from '../../domain/run/script-run.js';
import type { RunLog } from '../ports/run-log.js';
import { ReadableLog } from '../readable-log.js';
import type { GetRun } from './get-run.js';

/**
 * A page of a run's events, ascending: those with `seq` > `since`, or the last ones with `seq` < `before`.
 * @throws DomainError `run.not-found`, `run.unreadable`
 */
export type ReadEvents = (query: {
  runId: string;
  limit: number;
  range: { since: number } | { before: number };
}) => Promise<readonly EncodedEvent[]>;

export const makeReadEvents =
  ({ getRun, runLog }: { getRun: GetRun; runLog: RunLog }): ReadEvents =>
  async ({ runId, limit, range }) => {
    const run = await getRun(runId);
    const log = new ReadableLog(runLog, run);
    const final = isFinal(run.status) ? finalEvents(run).map(encodeEvent) : [];
    if ('since' in range) {
      const { events, cutShort } = await log.read(range.since, limit);
      // `lastSeq` tells whether the log was read to its end, since the last two events follow without a gap.
      const atEnd = cutShort || (events.at(-1)?.seq ?? range.since) >= run.meta.lastSeq;
      return [...events, ...(atEnd ? final.filter(({ seq }) => seq > range.since) : [])].slice(0, limit);
    }
    const end = final.filter(({ seq }) => seq < range.before).slice(-limit);
    const room = limit - end.length;
    return room > 0 ? [...(await log.readBefore(range.before, room)), ...end] : end;
  };
