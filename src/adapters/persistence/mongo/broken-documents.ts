import type { Log } from '../../../application/ports/log.js';
import type { FieldIssue } from '../../../domain/errors.js';

/** Tells the operator of a stored document that is not what its collection is for: once, and again when something else is wrong. */
export type ReportBroken = (collection: string, id: string, issues: readonly FieldIssue[]) => void;

export const reportBrokenTo = (log: Pick<Log, 'warn'>): ReportBroken => {
  const told = new Set<string>();
  return (collection, id, issues) => {
    const key = JSON.stringify([collection, id, issues]);
    if (told.has(key)) return;
    if (told.size >= MOST_REMEMBERED) told.clear();
    told.add(key);
    log.warn({ collection, id, issues }, 'a stored document breaks the rules; it is shown as invalid');
  };
};

const MOST_REMEMBERED = 10_000;
