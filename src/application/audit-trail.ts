import { ANONYMOUS, type Origin } from '../domain/actor.js';
import type { AuditAction, AuditEvent, AuditOutcome } from '../domain/audit/audit-event.js';
import { type ErrorCode, isDomainError } from '../domain/errors.js';
import { runStarted } from '../domain/audit/run-started.js';
import type { ScriptRun } from '../domain/run/script-run.js';
import type { AuditRepository } from './ports/audit-repository.js';
import type { Clock } from './ports/clock.js';
import type { Ids } from './ports/ids.js';
import type { Log } from './ports/log.js';

/** What is known of an action while it is tried; the work fills in what it learns. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly origin: Origin;
  scriptId: string | null;
  scriptName: string | null;
  runId?: string;
  changes?: readonly string[];
}

export interface AuditTrail {
  record(entry: AuditEntry, outcome: AuditOutcome, code: string | null): Promise<void>;
  /** The event of an action that succeeds, for the repository to store together with what it changes. */
  success(entry: AuditEntry): AuditEvent;
  /** Does the work and records it only when it is refused, before the refusal is thrown on. */
  refusals<T>(entry: AuditEntry, work: () => Promise<T>): Promise<T>;
  /** Counts wrong credentials. The name that was tried is not asked for: people type passwords there. */
  authFailed(address: string | null): Promise<void>;
  /** Records the start of a run; a second call for the same run changes nothing. */
  runStarted(run: ScriptRun): Promise<void>;
}

/** Refusals that say "you may not" rather than "it did not work". */
const DENIED: readonly ErrorCode[] = ['script.disabled', 'script.not-server-side', 'script.not-browser'];

export const makeAuditTrail = (needs: { audit: AuditRepository; ids: Ids; clock: Clock; log: Log }): AuditTrail => {
  const { audit, ids, clock, log } = needs;

  const eventOf = (entry: AuditEntry, outcome: AuditOutcome, code: string | null): AuditEvent => ({
    id: ids.next(),
    at: clock.now(),
    actor: entry.origin.actor,
    action: entry.action,
    outcome,
    entity: { type: 'script', id: entry.scriptId, name: entry.scriptName },
    runId: entry.runId ?? null,
    address: entry.origin.address,
    changes: entry.changes ?? [],
    code,
    count: 1,
  });

  const record: AuditTrail['record'] = (entry, outcome, code) => audit.append(eventOf(entry, outcome, code));

  const refusals: AuditTrail['refusals'] = async (entry, work) => {
    try {
      return await work();
    } catch (error) {
      const code = isDomainError(error) ? error.code : 'internal';
      const outcome = DENIED.some((denied) => denied === code) ? 'denied' : 'failure';
      await record(entry, outcome, code).catch((cause: unknown) => {
        log.error({ err: cause, action: entry.action, code }, 'a refusal could not be written to the audit trail');
      });
      throw error;
    }
  };

  return {
    record,
    success: (entry) => eventOf(entry, 'success', null),
    refusals,
    authFailed: (address) =>
      audit.countAuthFailure({
        id: ids.next(),
        at: clock.now(),
        actor: ANONYMOUS,
        action: 'auth.failure',
        outcome: 'denied',
        entity: null,
        runId: null,
        address,
        changes: [],
        code: 'auth.wrong-credentials',
        count: 1,
      }),
    runStarted: (run) => audit.append(runStarted(run)),
  };
};
