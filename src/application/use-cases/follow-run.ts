import { DomainError } from '../../domain/errors.js';
import { doneSeq, encodeEvent, type EncodedEvent, finalEvents } from '../../domain/run/run-event.js';
import { isFinal, type ScriptRun } from '../../domain/run/script-run.js';
import { EventInbox } from '../event-inbox.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { RunLog } from '../ports/run-log.js';
import { ReadableLog } from '../readable-log.js';
import type { GetRun } from './get-run.js';

/** A page of the log: what a viewer that lags holds in memory. */
const PAGE_EVENTS = 500;
const PAGE_BYTES = 256 * 1024;
/** How often the log of a run that another server executes is looked at: its events do not reach this server's bus. */
const ELSEWHERE_MS = 500;

/**
 * The run's events with `seq` > `after`, in order, each once, to `done`: a cursor over the durable log, which the bus wakes.
 * Null when `after` is at or past `done`. Ends quietly when `signal` is aborted.
 * @throws DomainError `run.not-found`, `run.unreadable`, `events.not-given-yet`
 */
export type FollowRun = (query: {
  runId: string;
  after: number;
  signal: AbortSignal;
}) => Promise<AsyncIterable<readonly EncodedEvent[]> | null>;

interface Needs {
  getRun: GetRun;
  runLog: RunLog;
  bus: EventBus;
  clock: Clock;
  serverId: string;
}

export const makeFollowRun = (needs: Needs): FollowRun => {
  const { getRun, runLog, bus } = needs;
  return async ({ runId, after, signal }) => {
    const inbox = new EventInbox(bus, runId, signal); // first: what comes after the run was read is told
    try {
      const run = await getRun(runId);
      if (isFinal(run.status) && after >= doneSeq(run)) {
        inbox.close();
        return null;
      }
      if (!isFinal(run.status) && after > Math.max(run.meta.lastSeq, await runLog.lastSeq(runId))) {
        throw new DomainError(
          'events.not-given-yet',
          `the run has no event ${after} yet; leave the number out to read from the start`,
        );
      }
      return follow(needs, run, after, inbox, signal);
    } catch (error) {
      inbox.close();
      throw error;
    }
  };
};

async function* follow(
  { getRun, runLog, clock, serverId }: Needs,
  run: ScriptRun,
  after: number,
  inbox: EventInbox,
  signal: AbortSignal,
): AsyncGenerator<readonly EncodedEvent[]> {
  const isOurs = run.claim.owner === serverId;
  let seq = after;
  let ended: ScriptRun | null = isFinal(run.status) ? run : null;
  let live = false; // the bus has told, or will tell, all that follows `seq`
  let mayHaveEnded = !isOurs; // without the bus having told us
  try {
    while (!signal.aborted) {
      const told = inbox.takeAfter(seq);
      if (told === null) mayHaveEnded = true; // what the inbox let go of may have been the end
      live = told !== null && (live || told.length > 0);
      if (live && told?.length === 0) {
        await inbox.filled();
        continue;
      }
      const { events, cutShort } = told?.length
        ? { events: told, cutShort: false }
        : await new ReadableLog(runLog, ended ?? run).read(seq, PAGE_EVENTS, PAGE_BYTES);
      const last = events.at(-1);
      if (last) {
        yield events;
        seq = last.seq;
        if (last.type === 'done') return;
      }
      // Of a run that goes on, what is lost is passed over.
      const next = cutShort && !ended ? Math.max(seq, await runLog.lastSeq(run.id)) : seq;
      if (last || next > seq) {
        seq = next;
      } else if (ended) {
        // Read to its end after it was known to have ended: only what no log keeps is left.
        yield finalEvents(ended)
          .filter((event) => event.seq > seq)
          .map(encodeEvent);
        return;
      } else {
        const now = mayHaveEnded ? await getRun(run.id) : run;
        if (isFinal(now.status)) ended = now;
        else if (isOurs) {
          mayHaveEnded = false;
          live = inbox.isEmpty;
        } else await clock.after(ELSEWHERE_MS, signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    inbox.close();
  }
}
