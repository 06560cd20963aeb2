import type { AuditItem } from '../../adapters/http/contract/audit.js';
import type { Answer } from './answers.js';
import { type Cancelable, request } from './request.js';

export type { AuditItem };

export interface AuditFilter {
  readonly action?: AuditItem['action'];
  /** Name of the actor. */
  readonly actor?: string;
  readonly entityId?: string;
  readonly outcome?: AuditItem['outcome'];
  /** ISO 8601, included. */
  readonly from?: string;
  /** ISO 8601, excluded. */
  readonly to?: string;
  /** 1–200 */
  readonly limit?: number;
  readonly cursor?: string;
}

export const listAudit = (filter: AuditFilter = {}, options?: Cancelable): Promise<Answer<'listAudit'>> =>
  request('GET', 'audit', { query: { ...filter }, ...options });
