import type { Origin } from '../../domain/actor.js';
import type { AuditAction } from '../../domain/audit/audit-event.js';

/** An attempt to change something that was refused before a use case saw it. */
export interface Refusal {
  readonly action: AuditAction;
  readonly origin: Origin;
  readonly scriptId: string | null;
  readonly runId?: string;
  readonly outcome: 'failure' | 'denied';
  readonly code: string;
}
