import type { AuditEvent } from '../../domain/audit/audit-event.js';
import type { AuditItem } from './contract/audit.js';

export const presentAuditEvent = (event: AuditEvent): AuditItem => ({
  id: event.id,
  _id: event.id,
  at: event.at.toISOString(),
  actor: event.actor,
  action: event.action,
  outcome: event.outcome,
  entity: event.entity,
  runId: event.runId,
  address: event.address,
  changes: [...event.changes],
  code: event.code,
  count: event.count,
});
