import { z } from 'zod';
import { AUDIT_ACTIONS, AUDIT_OUTCOMES, type AuditEvent } from '../../../domain/audit/audit-event.js';
import { actor, oneOf, text, time, whole, type Row } from './row.js';

/** An event of the trail; null for a document that is none of Runlet's, as the collection of another application may hold. */
export const readAuditEvent = (row: Row): AuditEvent | null => event.safeParse(row).data ?? null;

const entity = z.object({ type: z.literal('script'), id: text.nullable(), name: text.nullable() });

const event = z.object({
  id: text,
  at: time,
  actor,
  action: oneOf(AUDIT_ACTIONS),
  outcome: oneOf(AUDIT_OUTCOMES),
  entity: entity.nullable().default(null),
  runId: text.nullable().default(null),
  address: text.nullable().default(null),
  changes: z.array(text).default(() => []),
  code: text.nullable().default(null),
  count: whole.min(1).default(1),
});
