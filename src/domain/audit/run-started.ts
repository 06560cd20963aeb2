import type { ScriptRun } from '../run/script-run.js';
import type { AuditEvent } from './audit-event.js';

/** The event of a run's start. It has the run's id, so that each run has one however often it is recorded. */
export const runStarted = (run: ScriptRun): AuditEvent => ({
  id: run.id,
  at: run.createdAt,
  actor: run.meta.actor,
  action: 'scripts.run',
  outcome: 'success',
  entity: { type: 'script', id: run.scriptId, name: run.meta.script.name },
  runId: run.id,
  address: run.meta.address,
  changes: [],
  code: null,
  count: 1,
});
