import { toPage, type Page } from '../../../application/ports/page.js';
import type {
  BrokenRun,
  KeepRule,
  RunQuery,
  RunRepository,
  ScriptActivity,
} from '../../../application/ports/run-repository.js';
import type { AuditEvent } from '../../../domain/audit/audit-event.js';
import { DomainError } from '../../../domain/errors.js';
import {
  type Adoption,
  type CancelRequest,
  isFinal,
  noteLeftoversEnded,
  type ProcessIdentity,
  type RunEnd,
  type RunProgress,
  type RunStatus,
  type RunSummary,
  type ScriptRun,
} from '../../../domain/run/script-run.js';
import { describe } from '../../../domain/script/script-rules.js';
import type { Row } from '../rows/row.js';
import { isBrokenRun, readRun, readRunPreview, readRunSummary } from '../rows/run-row.js';
import { USUAL_DURATION_RUNS, median } from '../rows/usual-duration.js';
import { toJson, toMillis } from './columns.js';
import { cancelColumn, endingColumn, processColumn, progressColumns, toColumns, toDocument } from './run-columns.js';
import * as sql from './run-statements.js';
import { selectPage } from './select-page.js';
import { appendEvent } from './sqlite-audit-repository.js';
import type { SqlParams } from './sql-values.js';
import type { SqliteDatabase } from './sqlite-database.js';

export class SqliteRunRepository implements RunRepository {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async insert(run: ScriptRun, event: AuditEvent): Promise<boolean> {
    return this.#database.transaction((transaction) => {
      const inserted = transaction.run(sql.INSERT, toColumns(run)) > 0;
      if (inserted) appendEvent(transaction, event);
      return inserted;
    });
  }

  async find(id: string): Promise<ScriptRun | BrokenRun | null> {
    const row = this.#database.get(sql.FIND, { id });
    return row ? readRun(toDocument(row)) : null;
  }

  async list(query: RunQuery): Promise<Page<RunSummary | BrokenRun>> {
    return this.#page(sql.SELECT_SUMMARIES, query, readRunSummary);
  }

  async listPreviews(query: RunQuery): Promise<Page<ScriptRun | BrokenRun>> {
    return this.#page(sql.SELECT_PREVIEWS, query, readRunPreview);
  }

  async claim(id: string, token: string, now: Date): Promise<ScriptRun | null> {
    return this.#change(sql.CLAIM, { id, token, now: toMillis(now) });
  }

  async recordProcess(id: string, token: string, process: ProcessIdentity): Promise<void> {
    await this.#database.run(sql.RECORD_PROCESS, { id, token, process: processColumn(process) });
  }

  async recordProgress(id: string, token: string, progress: RunProgress, now: Date): Promise<ScriptRun | null> {
    return this.#change(sql.RECORD_PROGRESS, { id, token, now: toMillis(now), ...progressColumns(progress) });
  }

  async requestCancel(id: string, cancel: CancelRequest, event: AuditEvent): Promise<ScriptRun | null> {
    const columns = { id, cancel: cancelColumn(cancel), now: toMillis(cancel.at) };
    return this.#database.transaction((transaction) => {
      const row = transaction.change(sql.REQUEST_CANCEL, columns) ?? transaction.get(sql.FIND, { id });
      const run = row ? readable(row) : null;
      if (run && !isFinal(run.status)) appendEvent(transaction, event);
      return run;
    });
  }

  async finishQueued(id: string, end: RunEnd, now: Date): Promise<ScriptRun | null> {
    return this.#change(sql.FINISH_QUEUED, { id, ...endColumns(end, now) });
  }

  async finishRunning(id: string, token: string, end: RunEnd, now: Date): Promise<ScriptRun | null> {
    return this.#change(sql.FINISH_RUNNING, { id, token, ...endColumns(end, now) });
  }

  async noteLeftoversEnded(id: string, pids: readonly number[], now: Date): Promise<ScriptRun | null> {
    return this.#database.transaction((transaction) => {
      const found = transaction.get(sql.FIND, { id });
      if (!found) return null;
      const ending = endingColumn(noteLeftoversEnded(readable(found), pids, now).meta);
      const row = transaction.change(sql.NOTE_ENDING, { id, ending, now: toMillis(now) });
      return row ? readable(row) : null;
    });
  }

  async activeOf(owner: string): Promise<readonly ScriptRun[]> {
    return this.#readable(sql.ACTIVE_OF_OWNER, { owner });
  }

  async runningElsewhere(owner: string): Promise<readonly RunSummary[]> {
    return this.#elsewhere(owner, 'running');
  }

  async queuedElsewhere(owner: string): Promise<readonly RunSummary[]> {
    return this.#elsewhere(owner, 'queued');
  }

  async adopt(id: string, { from, to, cancel }: Adoption, now: Date, event: AuditEvent): Promise<ScriptRun | null> {
    const columns = { id, from, to, cancel: cancel && cancelColumn(cancel), now: toMillis(now) };
    return this.#database.transaction((transaction) => {
      const row = transaction.change(sql.ADOPT, columns);
      const run = row ? readable(row) : null;
      if (run) appendEvent(transaction, event);
      return run;
    });
  }

  async takeOver({ id, claim, updatedAt }: RunSummary, token: string, now: Date): Promise<ScriptRun | null> {
    const seen = { id, seenToken: claim.token, seenAt: toMillis(updatedAt) };
    return this.#change(sql.TAKE_OVER, { ...seen, token, now: toMillis(now) });
  }

  async unsweptOf(owner: string): Promise<readonly ScriptRun[]> {
    return this.#readable(sql.UNSWEPT_OF_OWNER, { owner });
  }

  async noteSwept(id: string): Promise<void> {
    await this.#database.run(sql.NOTE_SWEPT, { id });
  }

  async activeOfScript(scriptId: string): Promise<readonly ScriptRun[]> {
    return this.#readable(sql.ACTIVE_OF_SCRIPT, { scriptId });
  }

  async activity(scriptIds: readonly string[]): Promise<ReadonlyMap<string, ScriptActivity>> {
    return new Map(scriptIds.map((scriptId) => [scriptId, this.#activityOf(scriptId)]));
  }

  async nextScriptWithRuns(after: string): Promise<string | null> {
    const row = this.#database.get(sql.NEXT_SCRIPT, { after });
    return row ? String(row.scriptId) : null;
  }

  async outdated(scriptId: string, { newest, endedSince }: KeepRule, limit: number): Promise<readonly string[]> {
    const beyond =
      newest === null ? [] : this.#ids(sql.BEYOND_NEWEST, { scriptId, newest: Math.max(1, newest), rows: limit });
    if (endedSince === null || beyond.length > 0) return beyond;
    return this.#ids(sql.ENDED_BEFORE, { scriptId, before: toMillis(endedSince), rows: limit });
  }

  async deleteEnded(ids: readonly string[]): Promise<number> {
    return this.#database.run(sql.DELETE_ENDED, { ids: toJson(ids) });
  }

  async known(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(this.#ids(sql.KNOWN, { ids: toJson(ids) }));
  }

  #page<Run extends RunSummary | BrokenRun>(
    select: string,
    { limit, cursor, ...values }: RunQuery,
    read: (row: Row) => Run,
  ): Page<Run> {
    const page = selectPage(select, 'createdAt', sql.FILTERS, values, { limit, cursor });
    const runs = this.#database.all(page.sql, page.params).map((row) => read(toDocument(row)));
    return toPage(runs, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
  }

  #elsewhere(owner: string, status: RunStatus): RunSummary[] {
    const runs = this.#database.all(sql.ELSEWHERE, { owner, status }).map((row) => readRunSummary(toDocument(row)));
    return runs.filter((run): run is RunSummary => !isBrokenRun(run));
  }

  #ids(sql: string, params: SqlParams): string[] {
    return this.#database.all(sql, params).map(({ id }) => String(id));
  }

  #activityOf(scriptId: string): ScriptActivity {
    const row = this.#database.get(sql.LAST_OF_SCRIPT, { scriptId });
    const last = row && readRunSummary(toDocument(row));
    const durations = this.#database.all(sql.LAST_DURATIONS, { scriptId, rows: USUAL_DURATION_RUNS });
    return {
      lastRun: last && !isBrokenRun(last) ? last : null,
      usualDurationMs: median(durations.map(({ durationMs }) => Number(durationMs))),
    };
  }

  /** @throws DomainError `run.unreadable` */
  async #change(sql: string, params: SqlParams): Promise<ScriptRun | null> {
    const row = await this.#database.change(sql, params);
    return row ? readable(row) : null;
  }

  #readable(sql: string, params: SqlParams): ScriptRun[] {
    const runs = this.#database.all(sql, params).map((row) => readRun(toDocument(row)));
    return runs.filter((run): run is ScriptRun => !isBrokenRun(run));
  }
}

/** @throws DomainError `run.unreadable` */
const readable = (row: Row): ScriptRun => {
  const run = readRun(toDocument(row));
  if (!isBrokenRun(run)) return run;
  const message = `what is stored as the run ${run.id} is no run: ${describe(run.broken)}`;
  throw new DomainError('run.unreadable', message, { issues: run.broken });
};

const endColumns = (end: RunEnd, now: Date): SqlParams => ({
  status: end.status,
  exitCode: end.exitCode,
  ending: endingColumn(end),
  durationMs: end.durationMs ?? null,
  now: toMillis(now),
  ...progressColumns(end),
});
