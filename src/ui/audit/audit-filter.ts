import type { AuditFilter, AuditItem } from '../api/audit.js';
import { keyOf } from '../elements/choice.js';
import { ACTION_WORDS, OUTCOME_WORDS } from './audit-words.js';

/** What the trail shows: everything where a part is empty. Days are those of the reader: `2026-01-31`. */
export interface TrailFilter {
  readonly action: AuditItem['action'] | '';
  readonly outcome: AuditItem['outcome'] | '';
  readonly actor: string;
  readonly script: string;
  readonly from: string;
  readonly to: string;
}

export const NO_TRAIL_FILTER: TrailFilter = { action: '', outcome: '', actor: '', script: '', from: '', to: '' };

export const readTrailFilter = (query: URLSearchParams): TrailFilter => ({
  action: keyOf(ACTION_WORDS, query.get('action')),
  outcome: keyOf(OUTCOME_WORDS, query.get('outcome')),
  actor: query.get('actor') ?? '',
  script: matching(query.get('script'), /^[0-9a-f]{24}$/i),
  from: matching(query.get('from'), DAY),
  to: matching(query.get('to'), DAY),
});

/** As it stands in the address. */
export const writeTrailFilter = (filter: TrailFilter): Record<string, string> =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));

/** As the API takes it. Both days are part of what is shown. */
export const toAuditFilter = ({ action, outcome, actor, script, from, to }: TrailFilter): AuditFilter => ({
  ...(action && { action }),
  ...(outcome && { outcome }),
  ...(actor && { actor }),
  ...(script && { entityId: script }),
  ...(from && { from: beginningOf(from, 0) }),
  ...(to && { to: beginningOf(to, 1) }),
});

const DAY = /^\d{4}-\d\d-\d\d$/;

const matching = (given: string | null, pattern: RegExp): string => (given && pattern.test(given) ? given : '');

/** Midnight of the reader, so many days later. */
const beginningOf = (day: string, later: number): string => {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later).toISOString();
};
