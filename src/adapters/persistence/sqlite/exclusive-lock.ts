import Libsql from 'libsql';
import { isBusy } from './sqlite-error.js';

export interface ExclusiveLock {
  release(): void;
}

/**
 * Takes `file` for this process, or answers null when another has it. The lock is the operating system's (SQLite's own
 * on an empty database), so it is gone with the process however that ends, and there is no stale one to judge.
 * @throws Error that names `file`, when it cannot be locked
 */
export const takeExclusiveLock = (file: string): ExclusiveLock | null => {
  let database: Libsql.Database | undefined;
  try {
    database = new Libsql(file, { timeout: 0 });
    // Without a journal file, so that it can be taken when the disk is full.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (isBusy(error)) return null;
    throw new Error(`${file} cannot be locked: ${(error as Error).message}`, { cause: error });
  }
  const held = database;
  return {
    release: () => {
      held.close();
    },
  };
};
