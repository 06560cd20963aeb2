import type { AuditEvent } from '../../../domain/audit/audit-event.js';

/** What the wrong passwords that are counted together have in common: address and minute (UTC). */
export const authFailureKey = ({ at, address }: Pick<AuditEvent, 'at' | 'address'>): string =>
  `${at.toISOString().slice(0, 16)} ${address ?? ''}`;
