import { z } from 'zod';
import { AUDIT_ACTIONS, AUDIT_OUTCOMES } from '../../../domain/audit/audit-event.js';
import { actor } from './runs.js';
import { objectId, strict, time } from './schema.js';

export const auditAction = z.enum(AUDIT_ACTIONS);
export const auditOutcome = z.enum(AUDIT_OUTCOMES);

export const auditEvent = strict({
  id: objectId,
  _id: objectId,
  at: time,
  actor,
  action: auditAction,
  outcome: auditOutcome,
  entity: strict({ type: z.literal('script'), id: objectId.nullable(), name: z.string().nullable() }).nullable(),
  runId: objectId.nullable(),
  address: z.string().nullable(),
  changes: z.array(z.string()).meta({ description: 'names of the fields that changed, never values' }),
  code: z.string().nullable().meta({ description: 'of the error, unless the outcome is success' }),
  count: z.int().min(1).meta({ description: 'how often: wrong credentials of one address and minute are one event' }),
}).meta({ id: 'AuditEvent' });

export type AuditItem = z.infer<typeof auditEvent>;
