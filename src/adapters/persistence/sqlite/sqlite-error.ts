import { storeUnavailable } from '../rows/store-unavailable.js';

/** What passes by itself or when an operator has made room, as SQLite's primary result codes name it. */
const PASSING = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|NOMEM|CANTOPEN|READONLY|PROTOCOL|INTERRUPT)(_|$)/;

/** What a failed statement is to the application: `store.unavailable`, or the error as it came. */
export const toStoreError = (error: unknown): unknown => {
  const code = sqliteCodeOf(error);
  return code !== null && PASSING.test(code) ? storeUnavailable(`${code}: ${(error as Error).message}`) : error;
};

/** Another connection holds what the statement needs. */
export const isBusy = (error: unknown): boolean => /^SQLITE_BUSY(_|$)/.test(sqliteCodeOf(error) ?? '');

/** Extended result code of an error that SQLite gave: `SQLITE_CONSTRAINT_UNIQUE`. */
export const sqliteCodeOf = (error: unknown): string | null => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : null;
};
