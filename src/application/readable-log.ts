import { encodeEvent, type EncodedEvent } from '../domain/run/run-event.js';
import { isFinal, type ScriptRun } from '../domain/run/script-run.js';
import { DamagedLog, type RunLog } from './ports/run-log.js';

export interface LogPage {
  readonly events: readonly EncodedEvent[];
  /** Nothing after them can be read, though there is, or was, more. */
  readonly cutShort: boolean;
}

/**
 * The log of a run as its readers get it. Where it is damaged, or ends before its run did, one `system` event takes the place of the first
 * that is lost and says so; nothing follows it. `seq` ascends, and the run's own end keeps its number.
 */
export class ReadableLog {
  readonly #log: RunLog;
  readonly #run: ScriptRun;
  /** How far the log of a run that has ended goes. */
  readonly #end: number;

  /** @param run as it was read before its log is */
  constructor(log: RunLog, run: ScriptRun) {
    this.#log = log;
    this.#run = run;
    this.#end = isFinal(run.status) ? run.meta.lastSeq : Infinity;
  }

  /** As `RunLog.read`, but for damage. */
  async read(after: number, limit: number, maxBytes?: number): Promise<LogPage> {
    const left = Math.min(limit, this.#end - after);
    if (left <= 0) return { events: [], cutShort: false };
    try {
      const stored = await this.#log.read(this.#run.id, after, left, maxBytes);
      const events = withoutGap(after, stored);
      if (events.length > 0) return { events, cutShort: false };
      if (stored.length === 0 && this.#end === Infinity) return { events, cutShort: false };
      const { last } = await this.#stored(after, 1);
      return this.#cutShort(after, last, last === 0 ? GONE : `its event ${last + 1} is not there any more`);
    } catch (error) {
      if (!(error instanceof DamagedLog)) throw error;
      return this.#cutShort(after, error.lastSeq, error.message);
    }
  }

  /** As `RunLog.readBefore`, but for damage. */
  async readBefore(before: number, limit: number): Promise<readonly EncodedEvent[]> {
    if (limit <= 0 || before <= 1) return [];
    const end = Math.min(before - 1, await this.#lastSeq());
    const { events, last } = await this.#stored(end, limit);
    if (last >= end) return events;
    const { events: note } = await this.read(last, 1);
    return [...(await this.readBefore(last + 1, limit - note.length)), ...note];
  }

  /** The last `limit` events up to `end`, and `seq` of the last one up to there that can be read. */
  async #stored(end: number, limit: number): Promise<{ events: readonly EncodedEvent[]; last: number }> {
    try {
      const stored = await this.#log.readBefore(this.#run.id, end + 1, limit);
      const events = withoutGap((stored[0]?.seq ?? 1) - 1, stored);
      return { events, last: events.at(-1)?.seq ?? 0 };
    } catch (error) {
      if (!(error instanceof DamagedLog)) throw error;
      return { events: [], last: error.lastSeq };
    }
  }

  async #lastSeq(): Promise<number> {
    if (this.#end !== Infinity) return this.#end;
    return Math.max(this.#run.meta.lastSeq, await this.#log.lastSeq(this.#run.id));
  }

  #cutShort(after: number, last: number, what: string): LogPage {
    if (after !== last) return { events: [], cutShort: true }; // told before
    const note = encodeEvent({
      seq: last + 1,
      type: 'log',
      ts: (this.#run.finishedAt ?? this.#run.updatedAt).toISOString(),
      stream: 'system',
      line: `[runlet] the rest of the log cannot be shown: ${what}\n`,
    });
    return { events: [note], cutShort: true };
  }
}

const GONE = 'nothing of it can be read any more';

/** The events that follow `after` one by one. */
const withoutGap = (after: number, events: readonly EncodedEvent[]): readonly EncodedEvent[] => {
  const gap = events.findIndex(({ seq }, index) => seq !== after + 1 + index);
  return gap === -1 ? events : events.slice(0, gap);
};
