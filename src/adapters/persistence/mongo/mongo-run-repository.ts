import { ObjectId } from 'mongodb';
import type { Page } from '../../../application/ports/page.js';
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
  type ProcessIdentity,
  type RunEnd,
  type RunProgress,
  type RunStatus,
  type RunSummary,
  type ScriptRun,
  finishRun,
  isFinal,
} from '../../../domain/run/script-run.js';
import { describe } from '../../../domain/script/script-rules.js';
import { isBrokenRun } from '../rows/run-row.js';
import type { ReportBroken } from './broken-documents.js';
import type { Documents, Fields, ReadingMany } from './documents.js';
import { isDuplicateKey } from './mongo-errors.js';
import type { MongoAuditRepository } from './mongo-audit-repository.js';
import { fromStoredId, toStoredId } from './ids.js';
import { pageNewestFirstOfAll } from './newest-first.js';
import { HAS_NONE_PENDING, type Outbox, PENDING, type Pending, pendingIn, pendingOf } from './outbox.js';
import { ENDED, outdatedRuns } from './outdated-runs.js';
import {
  fromRunDocument,
  metaFields,
  previewFromRunDocument,
  RUN_FIELDS,
  SUMMARY_FIELDS,
  summaryFromRunDocument,
  toRunDocument,
  withEndOfTail,
} from './run-document.js';
import { activityOf } from './script-activity.js';

interface Needs {
  readonly runs: Documents;
  readonly audit: MongoAuditRepository;
  /** Of `runs`. */
  readonly outbox: Outbox;
  readonly reportBroken: ReportBroken;
}

/**
 * Every change is one `findOneAndUpdate` whose filter says which state it needs. `$set` names single fields of `meta`, so that progress, a
 * cancel request and the end never overwrite each other.
 */
export class MongoRunRepository implements RunRepository {
  readonly #runs: Documents;
  readonly #audit: MongoAuditRepository;
  readonly #outbox: Outbox;
  readonly #reportBroken: ReportBroken;

  constructor({ runs, audit, outbox, reportBroken }: Needs) {
    this.#runs = runs;
    this.#audit = audit;
    this.#outbox = outbox;
    this.#reportBroken = reportBroken;
  }

  async insert(run: ScriptRun, event: AuditEvent): Promise<boolean> {
    const pending = pendingOf(event);
    const document = toRunDocument(run);
    try {
      await this.#runs.insert({ ...document, [PENDING]: [pending] });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
    await this.#storeEvent(document._id, pending);
    return true;
  }

  async find(id: string): Promise<ScriptRun | BrokenRun | null> {
    const document = await this.#runs.findOne({ _id: toStoredId(id) }, { projection: RUN_FIELDS });
    return document && this.#reporting(fromRunDocument(document));
  }

  list(query: RunQuery): Promise<Page<RunSummary | BrokenRun>> {
    return this.#page(query, { projection: SUMMARY_FIELDS }, summaryFromRunDocument);
  }

  listPreviews(query: RunQuery): Promise<Page<ScriptRun | BrokenRun>> {
    const reading = { projection: RUN_FIELDS, batchSize: PREVIEWS_AT_ONCE, keep: withEndOfTail };
    return this.#page(query, reading, previewFromRunDocument);
  }

  claim(id: string, token: string, now: Date): Promise<ScriptRun | null> {
    const changes = { status: 'running', startedAt: now, updatedAt: now, 'claim.token': token };
    return this.#change({ _id: toStoredId(id), ...QUEUED, claim: AN_OBJECT }, changes);
  }

  async recordProcess(id: string, token: string, process: ProcessIdentity): Promise<void> {
    await this.#runs.update({ _id: toStoredId(id), ...heldWith(token) }, { $set: { 'claim.process': process } });
  }

  recordProgress(id: string, token: string, progress: RunProgress, now: Date): Promise<ScriptRun | null> {
    const { outputTail, output, lastSeq } = progress;
    const changes = { updatedAt: now, outputTail, 'meta.output': output, 'meta.lastSeq': lastSeq };
    return this.#change({ _id: toStoredId(id), ...heldWith(token) }, changes);
  }

  async requestCancel(id: string, cancel: CancelRequest, event: AuditEvent): Promise<ScriptRun | null> {
    const _id = toStoredId(id);
    const pending = pendingOf(event);
    const asked = await this.#writeRequest(_id, cancel, pending);
    if (asked) {
      await this.#storeEvent(_id, pending);
      return asked;
    }
    const found = readable(await this.find(id));
    if (found && !isFinal(found.status)) await this.#audit.append(event);
    return found;
  }

  finishQueued(id: string, end: RunEnd, now: Date): Promise<ScriptRun | null> {
    return this.#finish({ _id: toStoredId(id), ...QUEUED, meta: AN_OBJECT }, end, now);
  }

  finishRunning(id: string, token: string, end: RunEnd, now: Date): Promise<ScriptRun | null> {
    return this.#finish({ _id: toStoredId(id), ...heldWith(token) }, end, now);
  }

  /** Each by its place in the list, which never changes: of two who note other leftovers at once, both are heard. */
  async noteLeftoversEnded(id: string, pids: readonly number[], now: Date): Promise<ScriptRun | null> {
    const run = readable(await this.find(id));
    if (!run) return null;
    const changes: Record<string, unknown> = { updatedAt: now };
    run.meta.leftovers.forEach(({ pid }, place) => {
      if (pids.includes(pid)) changes[`meta.leftovers.${place}.ended`] = true;
    });
    return this.#change({ _id: toStoredId(id), ...ENDED }, changes);
  }

  activeOf(owner: string): Promise<readonly ScriptRun[]> {
    return this.#active({ 'claim.owner': owner });
  }

  runningElsewhere(owner: string): Promise<readonly RunSummary[]> {
    return this.#elsewhere(owner, 'running');
  }

  queuedElsewhere(owner: string): Promise<readonly RunSummary[]> {
    return this.#elsewhere(owner, 'queued');
  }

  async adopt(id: string, { from, to, cancel }: Adoption, now: Date, event: AuditEvent): Promise<ScriptRun | null> {
    const pending = pendingOf(event);
    const theirs = { _id: toStoredId(id), ...QUEUED, 'claim.owner': from };
    const changes = { updatedAt: now, 'claim.owner': to };
    // A request that stands stays as it is.
    const asked =
      cancel &&
      (await this.#change({ ...theirs, 'meta.cancel': null }, { ...changes, 'meta.cancel': cancel }, pending));
    const adopted = asked ?? (await this.#change(theirs, changes, pending));
    if (adopted) await this.#storeEvent(theirs._id, pending);
    return adopted;
  }

  takeOver({ id, claim, updatedAt }: RunSummary, token: string, now: Date): Promise<ScriptRun | null> {
    const asSeen = { _id: toStoredId(id), ...heldWith(claim.token ?? ''), updatedAt };
    return this.#change(asSeen, { updatedAt: now, 'claim.token': token, 'claim.unswept': true });
  }

  async unsweptOf(owner: string): Promise<readonly ScriptRun[]> {
    const found = await this.#runs.find(
      { 'claim.owner': owner, status: { $in: ['running', 'failed', 'canceled'] }, 'claim.unswept': true },
      { projection: RUN_FIELDS },
    );
    return found.map(fromRunDocument).flatMap((run) => (isBrokenRun(run) ? [] : [run]));
  }

  async noteSwept(id: string): Promise<void> {
    await this.#runs.update({ _id: toStoredId(id) }, { $unset: { 'claim.unswept': true } });
  }

  /** Runs that another application is executing are not ours to wait for. */
  activeOfScript(scriptId: string): Promise<readonly ScriptRun[]> {
    return this.#active({ scriptId: toStoredId(scriptId), claim: AN_OBJECT });
  }

  activity(scriptIds: readonly string[]): Promise<ReadonlyMap<string, ScriptActivity>> {
    return activityOf(this.#runs, scriptIds);
  }

  async nextScriptWithRuns(after: string): Promise<string | null> {
    const from = after === '' ? ObjectId.createFromTime(0) : toStoredId(after);
    const reading = { sort: { scriptId: 1 }, limit: 1, projection: { scriptId: 1 } } as const;
    const [next] = await this.#runs.find({ scriptId: { $gt: from } }, reading);
    return next ? fromStoredId(next.scriptId) : null;
  }

  outdated(scriptId: string, rule: KeepRule, limit: number): Promise<readonly string[]> {
    return outdatedRuns(this.#runs, scriptId, rule, limit);
  }

  /** Their events first: the runs are all that is left of those that a crash held up. */
  async deleteEnded(ids: readonly string[]): Promise<number> {
    const given = { _id: { $in: ids.map(toStoredId) } };
    await this.#storeEvents(given);
    return this.#runs.deleteAll({ ...given, ...ENDED, ...HAS_NONE_PENDING });
  }

  async known(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.#runs.find({ _id: { $in: ids.map(toStoredId) } }, { projection: { _id: 1 } });
    return new Set(found.map(({ _id }) => fromStoredId(_id)));
  }

  async #page<Run extends RunSummary | BrokenRun>(
    { scriptId, status, trigger, limit, cursor }: RunQuery,
    reading: ReadingMany,
    read: (document: Fields) => Run,
  ): Promise<Page<Run>> {
    const filter = {
      ...(scriptId === undefined ? {} : { scriptId: toStoredId(scriptId) }),
      ...(status === undefined ? {} : { status }),
      ...(trigger === undefined ? {} : { trigger }),
    };
    const query = { time: 'createdAt', filter, limit, cursor, ...reading };
    const { items, next } = await pageNewestFirstOfAll(this.#runs, query);
    return { items: items.map((document) => this.#reporting(read(document))), next };
  }

  async #elsewhere(owner: string, status: RunStatus): Promise<readonly RunSummary[]> {
    const filter = { status, 'claim.owner': { $type: 'string', $ne: owner } };
    const found = await this.#runs.find(filter, { sort: OLDEST_FIRST, projection: SUMMARY_FIELDS });
    return found.map(summaryFromRunDocument).flatMap((run) => (isBrokenRun(run) ? [] : [run]));
  }

  mend(): Promise<void> {
    return this.#storeEvents({});
  }

  /** Those that are pending in the runs of the filter. */
  #storeEvents(filter: Fields): Promise<void> {
    const store = async (document: Fields): Promise<void> => {
      for (const pending of pendingIn(document)) {
        await this.#outbox.storeEvent(pending);
        await this.#outbox.remove(document._id, pending);
      }
    };
    return this.#outbox.each(store, { filter, projection: { [PENDING]: 1 } });
  }

  /** Never rejects: what the event is about is stored. The start of a run does not wait for the document to be tidied. */
  async #storeEvent(_id: unknown, pending: Pending): Promise<void> {
    await this.#outbox.follow(_id, async () => {
      await this.#outbox.storeEvent(pending);
      this.#outbox.followLater(_id, () => this.#outbox.remove(_id, pending));
    });
  }

  async #writeRequest(_id: unknown, cancel: CancelRequest, pending: Pending): Promise<ScriptRun | null> {
    const undecided = { _id, ...ACTIVE };
    const updatedAt = cancel.at;
    return (
      (await this.#change(
        { ...undecided, meta: AN_OBJECT, 'meta.cancel': null },
        { updatedAt, 'meta.cancel': cancel },
        pending,
      )) ??
      // Another application may have left `meta` null, in which no field can be set.
      (await this.#change({ ...undecided, meta: null }, { updatedAt, meta: { cancel } }, pending))
    );
  }

  async #active(filter: Fields): Promise<readonly ScriptRun[]> {
    const found = await this.#runs.find({ ...filter, ...ACTIVE }, { sort: OLDEST_FIRST, projection: RUN_FIELDS });
    return found
      .map((document) => this.#reporting(fromRunDocument(document)))
      .flatMap((run) => (isBrokenRun(run) ? [] : [run]));
  }

  /** What the end says depends on when the run started, which never changes again: it is read first. */
  async #finish(filter: Fields, end: RunEnd, now: Date): Promise<ScriptRun | null> {
    const document = await this.#runs.findOne(filter, { projection: SUMMARY_FIELDS });
    const run = document && readable(fromRunDocument(document));
    return run && this.#change(filter, endChanges(finishRun(run, end, now)));
  }

  async #change(filter: Fields, changes: Fields, pending?: Pending): Promise<ScriptRun | null> {
    const update = { $set: changes, ...(pending && { $push: { [PENDING]: pending } }) };
    const document = await this.#runs.updateAndFind(filter, update, { projection: RUN_FIELDS });
    return document && readable(this.#reporting(fromRunDocument(document)));
  }

  #reporting<Read extends RunSummary | BrokenRun>(run: Read): Read {
    if (isBrokenRun(run)) this.#reportBroken(this.#runs.name, run.id, run.broken);
    return run;
  }
}

/** Whole tails come from the server, up to OUTPUT_TAIL_BYTES each. */
const PREVIEWS_AT_ONCE = 10;
const OLDEST_FIRST = { createdAt: 1, _id: 1 } as const;
const QUEUED = { status: 'queued' };
const ACTIVE = { status: { $in: ['queued', 'running'] } };
const AN_OBJECT = { $type: 'object' };
const heldWith = (token: string): Fields => ({ status: 'running', 'claim.token': token });

const endChanges = ({ status, updatedAt, finishedAt, exitCode, outputTail, meta }: ScriptRun): Fields => {
  const {
    actor: _a,
    address: _b,
    userAgent: _c,
    script: _d,
    timeoutMs: _e,
    reportedBy: _f,
    cancel: _g,
    ...decided
  } = meta;
  const changes = Object.entries(metaFields(decided)).map(([name, value]) => ({ [`meta.${name}`]: value }));
  return Object.assign({ status, updatedAt, finishedAt, exitCode, outputTail }, ...changes) as Fields;
};

const readable = (run: ScriptRun | BrokenRun | null): ScriptRun | null => {
  if (!run || !isBrokenRun(run)) return run;
  throw new DomainError('run.unreadable', `what is stored as the run ${run.id} is no run: ${describe(run.broken)}`, {
    issues: run.broken,
  });
};
