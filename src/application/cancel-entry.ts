import type { Origin } from '../domain/actor.js';
import type { ScriptRun } from '../domain/run/script-run.js';
import type { AuditEntry } from './audit-trail.js';
import type { GetRun } from './use-cases/get-run.js';

/** The audit entry of ending a run, or of ending what it has left running. */
export interface CancelEntry extends AuditEntry {
  readonly runId: string;
}

export const cancelEntry = (origin: Origin, runId: string): CancelEntry => ({
  action: 'scripts.cancel',
  origin,
  scriptId: null,
  scriptName: null,
  runId,
});

/** The run of the entry, which names its script from then on. @throws DomainError `run.not-found` */
export const findRunOf = async (entry: CancelEntry, getRun: GetRun): Promise<ScriptRun> => {
  const found = await getRun(entry.runId);
  entry.scriptId = found.scriptId;
  entry.scriptName = found.meta.script.name;
  return found;
};
