import type { AuditAction, AuditEvent, AuditOutcome } from '../../domain/audit/audit-event.js';
import type { Cursor, Page } from './page.js';

export interface AuditQuery {
  readonly action?: AuditAction;
  /** Name of the actor. */
  readonly actor?: string;
  readonly entityId?: string;
  readonly outcome?: AuditOutcome;
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
  readonly limit: number;
  readonly cursor?: Cursor;
}

export interface AuditRepository {
  /** Stores it unless an event with its id is there. */
  append(event: AuditEvent): Promise<void>;
  /** Stores it, or adds one to the `count` of the one `auth.failure` of the same address in the same minute (UTC). */
  countAuthFailure(event: AuditEvent): Promise<void>;
  /** By `at` then id, descending. */
  list(query: AuditQuery): Promise<Page<AuditEvent>>;
  /** Deletes up to `limit` of Runlet's events that are older than `time`, the oldest first; answers how many. */
  deleteBefore(time: Date, limit: number): Promise<number>;
}
