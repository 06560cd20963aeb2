import { type Cursor, type Page, toPage } from '../../../application/ports/page.js';
import type { KeepRule, RunQuery, RunRepository, ScriptActivity } from '../../../application/ports/run-repository.js';
import type { AuditEvent } from '../../../domain/audit/audit-event.js';
import { LIMITS } from '../../../domain/limits.js';
import {
  type Adoption,
  type CancelRequest,
  type ProcessIdentity,
  type RunEnd,
  type RunProgress,
  type RunSummary,
  type ScriptRun,
  adoptRun,
  finishRun,
  isFinal,
  noteLeftoversEnded,
  recordProgress,
  requestCancel,
  startRun,
  takeOverRun,
} from '../../../domain/run/script-run.js';
import { tailOfUtf8 } from '../../../domain/text.js';
import { USUAL_DURATION_RUNS, median } from '../rows/usual-duration.js';
import type { MemoryAuditRepository } from './memory-audit-repository.js';
import { isAfter, newestFirst } from './newest-first.js';

export class MemoryRunRepository implements RunRepository {
  readonly #runs = new Map<string, ScriptRun>();
  readonly #unswept = new Set<string>();
  readonly #audit: MemoryAuditRepository;

  constructor(audit: MemoryAuditRepository) {
    this.#audit = audit;
  }

  async insert(run: ScriptRun, event: AuditEvent): Promise<boolean> {
    if (this.#runs.has(run.id)) return false;
    this.#runs.set(run.id, structuredClone(run));
    this.#audit.add(event);
    return true;
  }

  async find(id: string): Promise<ScriptRun | null> {
    return structuredClone(this.#runs.get(id) ?? null);
  }

  async list(query: RunQuery): Promise<Page<RunSummary>> {
    return toPage(this.#found(query).map(summarize), query.limit, placeOf);
  }

  async listPreviews(query: RunQuery): Promise<Page<ScriptRun>> {
    return toPage(this.#found(query).map(preview), query.limit, placeOf);
  }

  async claim(id: string, token: string, now: Date): Promise<ScriptRun | null> {
    return this.#change(id, isQueued, (run) => startRun(run, token, now));
  }

  async recordProcess(id: string, token: string, process: ProcessIdentity): Promise<void> {
    this.#change(id, isHeldWith(token), (run) => ({ ...run, claim: { ...run.claim, process } }));
  }

  async recordProgress(id: string, token: string, progress: RunProgress, now: Date): Promise<ScriptRun | null> {
    return this.#change(id, isHeldWith(token), (run) => recordProgress(run, progress, now));
  }

  async requestCancel(id: string, cancel: CancelRequest, event: AuditEvent): Promise<ScriptRun | null> {
    const asked = this.#change(id, isActive, (run) => requestCancel(run, cancel));
    if (!asked) return this.find(id);
    this.#audit.add(event);
    return asked;
  }

  async finishQueued(id: string, end: RunEnd, now: Date): Promise<ScriptRun | null> {
    return this.#change(id, isQueued, (run) => finishRun(run, end, now));
  }

  async finishRunning(id: string, token: string, end: RunEnd, now: Date): Promise<ScriptRun | null> {
    return this.#change(id, isHeldWith(token), (run) => finishRun(run, end, now));
  }

  async noteLeftoversEnded(id: string, pids: readonly number[], now: Date): Promise<ScriptRun | null> {
    return this.#change(
      id,
      ({ status }) => isFinal(status),
      (run) => noteLeftoversEnded(run, pids, now),
    );
  }

  async activeOf(owner: string): Promise<readonly ScriptRun[]> {
    return structuredClone(this.#newestFirst((run) => isActive(run) && run.claim.owner === owner).reverse());
  }

  async runningElsewhere(owner: string): Promise<readonly RunSummary[]> {
    return this.#elsewhere(owner, 'running');
  }

  async queuedElsewhere(owner: string): Promise<readonly RunSummary[]> {
    return this.#elsewhere(owner, 'queued');
  }

  async adopt(id: string, adoption: Adoption, now: Date, event: AuditEvent): Promise<ScriptRun | null> {
    const isTheirs = (run: ScriptRun): boolean => isQueued(run) && run.claim.owner === adoption.from;
    const adopted = this.#change(id, isTheirs, (run) => adoptRun(run, adoption, now));
    if (adopted) this.#audit.add(event);
    return adopted;
  }

  async takeOver(seen: RunSummary, token: string, now: Date): Promise<ScriptRun | null> {
    const isAsSeen = (run: ScriptRun): boolean =>
      isHeldWith(seen.claim.token ?? '')(run) && run.updatedAt.getTime() === seen.updatedAt.getTime();
    const taken = this.#change(seen.id, isAsSeen, (run) => takeOverRun(run, token, now));
    if (taken) this.#unswept.add(seen.id);
    return taken;
  }

  async unsweptOf(owner: string): Promise<readonly ScriptRun[]> {
    return structuredClone(this.#newestFirst(({ id, claim }) => this.#unswept.has(id) && claim.owner === owner));
  }

  async noteSwept(id: string): Promise<void> {
    this.#unswept.delete(id);
  }

  async activeOfScript(scriptId: string): Promise<readonly ScriptRun[]> {
    return structuredClone(this.#newestFirst((run) => isActive(run) && run.scriptId === scriptId).reverse());
  }

  async activity(scriptIds: readonly string[]): Promise<ReadonlyMap<string, ScriptActivity>> {
    return new Map(scriptIds.map((scriptId) => [scriptId, this.#activityOf(scriptId)]));
  }

  async nextScriptWithRuns(after: string): Promise<string | null> {
    const scriptIds = [...this.#runs.values()].map(({ scriptId }) => scriptId).filter((scriptId) => scriptId > after);
    return scriptIds.sort()[0] ?? null;
  }

  async outdated(scriptId: string, { newest, endedSince }: KeepRule, limit: number): Promise<readonly string[]> {
    const ended = this.#newestFirst((run) => run.scriptId === scriptId && isFinal(run.status) && isRunlets(run));
    return ended
      .filter((run, index) => {
        const isOld = endedSince !== null && run.finishedAt !== null && run.finishedAt < endedSince;
        return index > 0 && (isOld || (newest !== null && index >= newest));
      })
      .slice(0, limit)
      .map(({ id }) => id);
  }

  async deleteEnded(ids: readonly string[]): Promise<number> {
    const ended = ids.filter((id) => isFinal(this.#runs.get(id)?.status ?? 'queued'));
    for (const id of ended) this.#runs.delete(id);
    return ended.length;
  }

  async known(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(ids.filter((id) => this.#runs.has(id)));
  }

  #activityOf(scriptId: string): ScriptActivity {
    const runs = this.#newestFirst((run) => run.scriptId === scriptId);
    const durations = runs
      .filter(({ status, meta }) => status === 'succeeded' && meta.durationMs !== null)
      .slice(0, USUAL_DURATION_RUNS)
      .map(({ meta }) => Number(meta.durationMs));
    return { lastRun: runs[0] ? summarize(runs[0]) : null, usualDurationMs: median(durations) };
  }

  #elsewhere(owner: string, status: ScriptRun['status']): RunSummary[] {
    const elsewhere = (run: ScriptRun): boolean => run.status === status && isRunlets(run) && run.claim.owner !== owner;
    return this.#newestFirst(elsewhere).reverse().map(summarize);
  }

  #found(query: RunQuery): ScriptRun[] {
    return this.#newestFirst((run) => matches(run, query)).slice(0, query.limit + 1);
  }

  #newestFirst(wanted: (run: ScriptRun) => boolean): ScriptRun[] {
    return [...this.#runs.values()].filter(wanted).sort(newestFirst((run) => run.createdAt));
  }

  #change(id: string, allowed: (run: ScriptRun) => boolean, change: (run: ScriptRun) => ScriptRun): ScriptRun | null {
    const run = this.#runs.get(id);
    if (!run || !allowed(run)) return null;
    const changed = structuredClone(change(run));
    this.#runs.set(id, changed);
    return structuredClone(changed);
  }
}

const isQueued = (run: ScriptRun): boolean => run.status === 'queued';
const isRunlets = (run: ScriptRun): boolean => run.claim.owner !== null;
const isActive = (run: ScriptRun): boolean => !isFinal(run.status);
const isHeldWith =
  (token: string) =>
  (run: ScriptRun): boolean =>
    run.status === 'running' && run.claim.token === token;

const matches = (run: ScriptRun, { scriptId, status, trigger, cursor }: RunQuery): boolean =>
  (scriptId === undefined || run.scriptId === scriptId) &&
  (status === undefined || run.status === status) &&
  (trigger === undefined || run.trigger === trigger) &&
  isAfter(cursor, run.createdAt, run.id);

const summarize = ({ outputTail: _, ...run }: ScriptRun): RunSummary => structuredClone(run);
const preview = (run: ScriptRun): ScriptRun =>
  structuredClone({ ...run, outputTail: tailOfUtf8(run.outputTail, LIMITS.previewBytes) });
const placeOf = ({ createdAt, id }: RunSummary): Cursor => ({ at: createdAt, id });
