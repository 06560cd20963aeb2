import Database from 'libsql';

export interface ExclusiveLock {
  release(): void;
}

/**
 * Takes `file` for this process, or answers null when another has it. The lock is the operating system's (SQLite's own on an empty
 * database), so it is gone with the process however that ends, and there is no stale one to judge.
 */
export const takeExclusiveLock = (file: string): ExclusiveLock | null => {
  const database = new Database(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return null;
    throw error;
  }
  return {
    release: () => {
      database.close();
    },
  };
};
