import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './schema.js';
import { SqliteDatabase } from './sqlite-database.js';
import { sqliteCodeOf } from './sqlite-error.js';

/**
 * Opens the database, makes it where there is none and brings it to the present schema.
 * @throws Error that names `file` and says what to do, when it cannot be opened, is no database or is of a newer Runlet.
 */
export const openDatabase = (file: string): SqliteDatabase => {
  makePrivate(file);
  if (!statSync(file).isFile()) throw new Error(`${file} is no file: move it away, or set DATA_DIR to another folder`);
  try {
    return openMigrated(file);
  } catch (error) {
    if (sqliteCodeOf(error) !== 'SQLITE_NOTADB') throw error;
    const message = `${file} is not a SQLite database: move it away, or set DATA_DIR to another folder`;
    throw new Error(message, { cause: error });
  }
};

const openMigrated = (file: string): SqliteDatabase => {
  const database = new SqliteDatabase(file);
  try {
    database.exec('PRAGMA auto_vacuum = INCREMENTAL'); // has effect before the first table only
    database.get('PRAGMA journal_mode = WAL');
    migrate(database, file, MIGRATIONS);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

/** Readable by its owner only, whatever the umask. SQLite gives the mode of the database to the files it makes beside it. */
const makePrivate = (file: string): void => {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  // By name: closing a descriptor of an open database would drop the locks that this process holds on it.
  for (const each of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(each)) chmodSync(each, 0o600);
};
