import { storeUnavailable } from '../rows/store-unavailable.js';

/** What passes by itself or when an operator has made room, as SQLite's primary result codes name it. */
const PASSING = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|NOMEM|CANTOPEN|READONLY|PROTOCOL|INTERRUPT)(_|$)/;

/** What a failed statement is to the application: `store.unavailable`, or the error as it came. */
export const toStoreError = (error: unknown): unknown => {
  if (!isPassing(error)) return error;
  const why = isBusy(error) ? 'another program holds the database' : (error as Error).message;
  return storeUnavailable(`${sqliteCodeOf(error)}: ${why}`);
};

/** What is stored is no database, or not all of it is. */
export const isDamage = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)(_|$)/.test(sqliteCodeOf(error) ?? '');

/** The same statement may work later. */
export const isPassing = (error: unknown): boolean => PASSING.test(sqliteCodeOf(error) ?? '');

/** Another connection holds what the statement needs. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)(_|$)/.test(sqliteCodeOf(error) ?? '');

/** Extended result code of an error that SQLite gave: `SQLITE_CONSTRAINT_UNIQUE`. */
export const sqliteCodeOf = (error: unknown): string | null => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : null;
};
