import type { AuditEvent } from '../../domain/audit/audit-event.js';
import type { FieldIssue } from '../../domain/errors.js';
import type {
  Adoption,
  CancelRequest,
  ProcessIdentity,
  RunEnd,
  RunProgress,
  RunStatus,
  RunSummary,
  ScriptRun,
  Trigger,
} from '../../domain/run/script-run.js';
import type { Cursor, Page } from './page.js';

/** A stored row that is no run, with what could be read of it. */
export interface BrokenRun {
  readonly id: string;
  readonly scriptId: string | null;
  readonly createdAt: Date;
  readonly broken: readonly FieldIssue[];
}

export interface RunQuery {
  readonly scriptId?: string;
  readonly status?: RunStatus;
  readonly trigger?: Trigger;
  readonly limit: number;
  readonly cursor?: Cursor;
}

/** What the list of scripts shows of each script's runs. */
export interface ScriptActivity {
  readonly lastRun: RunSummary | null;
  /** Median duration in ms of the last 20 successes; null without any. */
  readonly usualDurationMs: number | null;
}

/**
 * Which of a script's runs are kept: those that have not ended, the newest of those that have, and what Runlet did not accept itself;
 * of the others, what neither number takes away.
 */
export interface KeepRule {
  /** So many of the newest ended runs; null for all. */
  readonly newest: number | null;
  /** What ended at this time or later; null for all. */
  readonly endedSince: Date | null;
}

/** Keeps runs. Each change is one conditional write, so that of many racing callers exactly one wins. An ended run changes by `noteLeftoversEnded` only. */
export interface RunRepository {
  /** Stores the run and the event together, as `ScriptRepository` does. False, and nothing is changed, when there is a run of its id. */
  insert(run: ScriptRun, event: AuditEvent): Promise<boolean>;
  find(id: string): Promise<ScriptRun | BrokenRun | null>;
  /** By `createdAt` then id, descending. */
  list(query: RunQuery): Promise<Page<RunSummary | BrokenRun>>;
  /** The same with `outputTail`, of each run no more than its last `LIMITS.previewBytes`, cut at a character. */
  listPreviews(query: RunQuery): Promise<Page<ScriptRun | BrokenRun>>;
  /** queued → running under `token`, as `startRun` says. Null when the run is not queued any more. */
  claim(id: string, token: string, now: Date): Promise<ScriptRun | null>;
  /** Notes which process runs it, for the sweep after a crash. Does nothing unless `token` holds the running run. */
  recordProcess(id: string, token: string, process: ProcessIdentity): Promise<void>;
  /** The run as it is now, with the cancel request others may have written. Null when `token` does not hold it (any more). */
  recordProgress(id: string, token: string, progress: RunProgress, now: Date): Promise<ScriptRun | null>;
  /**
   * Writes the request unless one stands or the run has ended; answers the run as it is then. Null when there is no such run. The event is
   * stored together with the request, or by itself where one stands: somebody has asked again. An ended run gets neither.
   */
  requestCancel(id: string, cancel: CancelRequest, event: AuditEvent): Promise<ScriptRun | null>;
  /** Ends a run that is still queued. Null when it is not. */
  finishQueued(id: string, end: RunEnd, now: Date): Promise<ScriptRun | null>;
  /** Ends the running run that `token` holds, as `finishRun` says. Null when it does not hold it. */
  finishRunning(id: string, token: string, end: RunEnd, now: Date): Promise<ScriptRun | null>;
  /** Notes that leftovers of an ended run are gone, as the domain's verb says. Null when there is no such run, or it has not ended. */
  noteLeftoversEnded(id: string, pids: readonly number[], now: Date): Promise<ScriptRun | null>;
  /** Queued and running runs that `owner` accepted, oldest first. */
  activeOf(owner: string): Promise<readonly ScriptRun[]>;
  /** Running runs that other servers than `owner` accepted, oldest first. */
  runningElsewhere(owner: string): Promise<readonly RunSummary[]>;
  /** Queued runs that other servers than `owner` accepted, oldest first. */
  queuedElsewhere(owner: string): Promise<readonly RunSummary[]>;
  /**
   * Changes the owner of a queued run, as `adoptRun` says, and stores the event together with that. Null, and nothing is stored, when the run
   * is not queued, or not `from`'s, any more.
   */
  adopt(id: string, adoption: Adoption, now: Date, event: AuditEvent): Promise<ScriptRun | null>;
  /**
   * Gives the running run to `token`, as `takeOverRun` says, if nobody has changed it since it was `seen`; its owner learns from
   * `unsweptOf` that it may have left processes. Null when somebody has.
   */
  takeOver(seen: RunSummary, token: string, now: Date): Promise<ScriptRun | null>;
  /** Runs of `owner` that were taken over and whose processes nobody has looked for since, in no order. */
  unsweptOf(owner: string): Promise<readonly ScriptRun[]>;
  /** The processes of a run that was taken over are gone. */
  noteSwept(id: string): Promise<void>;
  /** Queued and running runs of a script, whoever accepted them, oldest first. */
  activeOfScript(scriptId: string): Promise<readonly ScriptRun[]>;
  activity(scriptIds: readonly string[]): Promise<ReadonlyMap<string, ScriptActivity>>;
  /** The next script id after `after` (empty: the first) of which there are runs, ascending; null after the last. */
  nextScriptWithRuns(after: string): Promise<string | null>;
  /** Ids of up to `limit` runs of a script that need not be kept, in no order. */
  outdated(scriptId: string, rule: KeepRule, limit: number): Promise<readonly string[]>;
  /** Deletes those of the runs that have ended; answers how many. */
  deleteEnded(ids: readonly string[]): Promise<number>;
  /** Those of the ids that are runs. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>;
}
