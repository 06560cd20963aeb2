import type { AuditEvent } from '../../domain/audit/audit-event.js';
import type { AuditQuery, AuditRepository } from '../ports/audit-repository.js';
import type { Page } from '../ports/page.js';

/** By `at` then id, descending. */
export type ListAudit = (query: AuditQuery) => Promise<Page<AuditEvent>>;

export const makeListAudit =
  ({ audit }: { audit: AuditRepository }): ListAudit =>
  (query) =>
    audit.list(query);
