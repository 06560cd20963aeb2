import type { SqliteDatabase } from './sqlite-database.js';

/**
 * Brings the database to the last version, in one transaction: when it fails, nothing has changed.
 * @param file to name in errors.
 * @param migrations SQL that leads from version n to n + 1, by n.
 */
export const migrate = (database: SqliteDatabase, file: string, migrations: readonly string[]): void => {
  const known = migrations.length;
  if (versionOf(database) === known) return;
  database.transaction(() => {
    const present = versionOf(database);
    if (present > known) {
      throw new Error(
        `${file} has schema version ${present} and this version of Runlet knows ${known}: ` +
          'start the newer Runlet that wrote it, or put back a backup from before it',
      );
    }
    for (const migration of migrations.slice(present)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${known}`);
  });
};

const versionOf = (database: SqliteDatabase): number => Number(database.get('PRAGMA user_version')?.user_version);
