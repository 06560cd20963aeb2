import type { Origin } from '../../domain/actor.js';
import { DomainError } from '../../domain/errors.js';
import { runStarted } from '../../domain/audit/run-started.js';
import { queueRun, type ScriptRun, type Trigger } from '../../domain/run/script-run.js';
import { isBroken, isServerSide, revisionOf, type Script, type StoredScript } from '../../domain/script/script.js';
import { describe } from '../../domain/script/script-rules.js';
import type { AuditTrail } from '../audit-trail.js';
import type { KeyedRequest, KeyedStarts } from '../keyed-starts.js';
import { beginLog } from '../run-log-beginning.js';
import type { Clock } from '../ports/clock.js';
import type { EventBus } from '../ports/event-bus.js';
import type { Ids } from '../ports/ids.js';
import type { Log } from '../ports/log.js';
import type { PageReports } from '../ports/page-reports.js';
import type { RunLog } from '../ports/run-log.js';
import type { Admission, RunQueue } from '../ports/run-queue.js';
import type { RunRepository } from '../ports/run-repository.js';
import type { ScriptRepository } from '../ports/script-repository.js';
import type { ScriptRevisionRepository } from '../ports/script-revision-repository.js';
import type { RunEnds } from '../run-ends.js';
import type { SettleStart } from '../settle-start.js';
import type { GetScript } from './get-script.js';

/**
 * Accepts a run and answers its id; it is stored before it is queued. With an `idempotencyKey` that the actor has given with the same
 * request before, it answers the run that was started then (`replayed`), whatever has become of run and script.
 * @throws DomainError `script.not-found`, `script.disabled`, `script.not-server-side`, `script.not-browser`, `script.invalid`, `queue.full`,
 *   `server.stopping`, `idempotency.key-reused`
 */
export type RunScript = (command: Start & { readonly idempotencyKey?: string }) => Promise<Started>;

interface Start {
  readonly scriptId: string;
  readonly trigger: Trigger;
  readonly origin: Origin;
}

type Started =
  | { readonly runId: string; readonly replayed: true }
  /** `script` as it is executed. */
  | { readonly runId: string; readonly replayed: false; readonly run: ScriptRun; readonly script: Script };

interface Needs {
  getScript: GetScript;
  scripts: ScriptRepository;
  revisions: ScriptRevisionRepository;
  runs: RunRepository;
  runLog: RunLog;
  queue: RunQueue;
  /** Present: accepts browser scripts, which pages run and report on. Absent: accepts those that a server runs. */
  pages?: PageReports;
  bus: EventBus;
  trail: AuditTrail;
  ends: RunEnds;
  settleStart: SettleStart;
  keyedStarts: KeyedStarts;
  ids: Ids;
  clock: Clock;
  log: Log;
  /** Aborted: the server is stopping. */
  stopping: AbortSignal;
  serverId: string;
  defaultTimeoutMs: number;
}

export const makeRunScript = (needs: Needs): RunScript => {
  const { runs, runLog, queue, bus, trail, keyedStarts, ids, clock } = needs;

  /** Checked and taken in one turn: whoever asks next finds the place gone. */
  const admit = (): Admission => {
    if (needs.stopping.aborted)
      throw new DomainError('server.stopping', 'the server is stopping; try again in a moment');
    if (!queue.isOpen) {
      const message =
        'the runs of the last start are not taken up yet, as /api/admin/system tells; try again in a moment';
      throw new DomainError('store.unavailable', message);
    }
    const admission = queue.admit();
    if (admission) return admission;
    throw new DomainError('queue.full', 'as many runs wait already as may (MAX_QUEUED_RUNS); try again later');
  };

  const start = async ({ scriptId, trigger, origin }: Start, asked: KeyedRequest | null): Promise<Started> => {
    const entry = { action: 'scripts.run' as const, origin, scriptId, scriptName: null as string | null };
    const replayed = asked && (await trail.refusals(entry, () => keyedStarts.replay(asked)));
    if (replayed !== null) return { runId: replayed, replayed: true };
    const [found, admission] = await trail.refusals(entry, async () => {
      const found = await needs.getScript(scriptId);
      entry.scriptName = (isBroken(found) ? found.salvage.name : found.name) ?? null;
      return [requireRunnable(needs, found), admit()] as const;
    });
    try {
      const id = ids.next();
      const [script, heldId] = await trail.refusals(
        entry,
        async () => [await withRevision(needs, found), asked ? await keyedStarts.hold(asked, id) : id] as const,
      );
      const now = clock.now();
      const { serverId: owner, defaultTimeoutMs } = needs;
      const run = queueRun(script, { id: heldId, trigger, origin, owner, defaultTimeoutMs, now });
      const isNew = await accept(run, admission, asked);
      return isNew ? { runId: run.id, replayed: false, run, script } : { runId: run.id, replayed: true };
    } finally {
      admission.release();
    }
  };

  /** False when somebody else has started the run. */
  const accept = async (run: ScriptRun, admission: Admission, asked: KeyedRequest | null): Promise<boolean> => {
    const stored = await runs.insert(run, runStarted(run)).catch((error: unknown) => {
      void needs.settleStart(run, { isKeyed: asked !== null });
      throw error;
    });
    if (!stored) {
      // Only under a key may somebody else have stored it: the same request, in a race.
      if (asked) return false;
      throw new Error(`there is a run ${run.id} already`);
    }
    try {
      bus.publishRun(run);
      if (queue.busy) await beginLog(runLog, run).catch(ignore); // otherwise its execution does
      needs.pages?.expect(run);
      admission.put(run);
    } catch (error) {
      void needs.ends.recordFailure({ id: run.id, token: null }, error);
      throw error;
    }
    if (asked) await keyedStarts.accepted(asked, run.id).catch(noteUnaccepted(run));
    return true;
  };

  /** The run goes on. Should it be deleted within a day, the same request would start another. */
  const noteUnaccepted =
    ({ id }: ScriptRun) =>
    (error: unknown): void =>
      needs.log.warn({ err: error, runId: id }, 'that a run was started under a key could not be stored');

  return (command) => {
    const { scriptId, trigger, origin, idempotencyKey: key } = command;
    if (key === undefined) return start(command, null);
    const asked = { key, actor: origin.actor, request: `${scriptId} ${trigger}` };
    return keyedStarts.inTurn(asked, () => start(command, asked));
  };
};

const ignore = (): void => undefined;

const requireRunnable = ({ pages }: Needs, script: StoredScript): Script => {
  if (isBroken(script)) {
    const message = `the stored script breaks the rules, so it cannot run: ${describe(script.broken)}; save it corrected`;
    throw new DomainError('script.invalid', message, { issues: script.broken });
  }
  if (!script.enabled)
    throw new DomainError('script.disabled', `the script "${script.name}" is disabled; enable it to run it`);
  if (pages && isServerSide(script)) {
    throw new DomainError('script.not-browser', `the script "${script.name}" runs on the server, not in a page`);
  }
  if (!pages && !isServerSide(script)) {
    throw new DomainError(
      'script.not-server-side',
      `the script "${script.name}" is a browser script; it runs in the admin page only`,
    );
  }
  return script;
};

/** Makes sure that the revision to be executed is stored; a script that another application wrote gets its first. */
const withRevision = async (needs: Needs, script: Script): Promise<Script> => {
  const { scripts, revisions, getScript } = needs;
  const revised = script.revision === 0 ? { ...script, revision: 1 } : script;
  if (script.revision === 0 && !(await scripts.update(revised, 0, null))) {
    return withRevision(needs, requireRunnable(needs, await getScript(script.id))); // somebody else was first
  }
  // It may be missing: of a change that is not complete yet, or that an earlier version of Runlet did not complete.
  await revisions.saveOnce(revisionOf(revised));
  return revised;
};
