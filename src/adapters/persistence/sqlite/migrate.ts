import type { SqliteConnection, Transaction } from './sqlite-connection.js';

/**
 * Brings the database to the last version, in one transaction: when it fails, nothing has changed.
 * @param file to name in errors.
 * @param migrations SQL that leads from version n to n + 1, by n.
 * @throws SqliteError; Error when the database is of a newer version
 */
export const migrate = (connection: SqliteConnection, file: string, migrations: readonly string[]): void => {
  const known = migrations.length;
  if (versionOf(connection) === known) return;
  connection.transact((transaction) => {
    const present = versionOf(transaction);
    if (present > known) {
      throw new Error(
        `${file} has schema version ${present} and this version of Runlet knows ${known}: ` +
          'start the newer Runlet that wrote it, or put back a backup from before it',
      );
    }
    for (const migration of migrations.slice(present)) transaction.exec(migration);
    transaction.exec(`PRAGMA user_version = ${known}`);
  });
};

const versionOf = (database: Pick<Transaction, 'all'>): number =>
  Number(database.all('PRAGMA user_version')[0]?.user_version);
