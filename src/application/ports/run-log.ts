import type { EncodedEvent } from '../../domain/run/run-event.js';

/** A log that cannot be read from some place on: it was changed by others, or what keeps it is broken. */
export class DamagedLog extends Error {
  /** `seq` of the last event before that place; 0 when nothing can be read. */
  readonly lastSeq: number;

  /** @param what is wrong, and where: `line 6 of … is not the next event` */
  constructor(lastSeq: number, what: string) {
    super(what);
    this.lastSeq = lastSeq;
  }
}

/** The durable events of runs, all but a run's last two. The one who executes a run is its only writer. */
export interface RunLog {
  /** Opens a run's log for appending, made if there is none. What a crash left of an unfinished write is dropped. */
  open(runId: string): Promise<RunLogWriter>;
  /** `seq` of the last event that can be read, 0 without any. */
  lastSeq(runId: string): Promise<number>;
  /**
   * Events with `seq` > `after`, ascending: at most `limit`, and no more once `maxBytes` of text are read (but at least one).
   * Empty when there are none. Sees everything whose `append` has resolved.
   * @throws DamagedLog when something follows that is not the next event; what can be read before it is answered first
   */
  read(runId: string, after: number, limit: number, maxBytes?: number): Promise<readonly EncodedEvent[]>;
  /** The last `limit` events with `seq` < `before`, ascending. @throws DamagedLog as `read` does */
  readBefore(runId: string, before: number, limit: number): Promise<readonly EncodedEvent[]>;
  delete(runId: string): Promise<void>;
  /** Ids, in batches, of the runs accepted before `time` (an id tells it) that have a log. */
  runIdsBefore(time: Date): AsyncIterable<readonly string[]>;
}

export interface RunLogWriter {
  /** `seq` of the last event in the log, 0 without any. */
  readonly lastSeq: number;
  /**
   * Appends in one write; resolves when the events would survive a crash of this process. Calls do not overlap.
   * @throws DomainError `store.unavailable`: try the same events again later. Any other error: they cannot be kept.
   */
  append(events: readonly EncodedEvent[]): Promise<void>;
  close(): Promise<void>;
}
