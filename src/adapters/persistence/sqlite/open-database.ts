import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './schema.js';
import { SqliteConnection } from './sqlite-connection.js';
import { SqliteDatabase } from './sqlite-database.js';
import { isBusy, isPassing, sqliteCodeOf } from './sqlite-error.js';
import { WriteQueue, type WriteQueueOptions } from './write-queue.js';

/**
 * Opens the database, makes it where there is none and brings it to the present schema. While another program holds it,
 * it waits.
 * @param options how long this and every later write waits
 * @throws Error that names `file` and says what to do, when it cannot be opened, is no database, is of a newer Runlet
 *   or stays held.
 */
export const openDatabase = async (file: string, options: WriteQueueOptions = {}): Promise<SqliteDatabase> => {
  makePrivate(file);
  if (!statSync(file).isFile()) throw new Error(`${file} is no file: move it away, or set DATA_DIR to another folder`);
  const { patienceMs } = options;
  const opening = new WriteQueue(patienceMs === undefined ? {} : { patienceMs });
  try {
    return new SqliteDatabase(await opening.run(() => openMigrated(file)), new WriteQueue(options));
  } catch (error) {
    const trouble = troubleOf(error);
    throw trouble === null ? error : new Error(`${file} ${trouble}`, { cause: error });
  }
};

const openMigrated = (file: string): SqliteConnection => {
  const connection = new SqliteConnection(file);
  try {
    migrate(connection, file, MIGRATIONS);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
};

/** What is wrong with the file and what to do; null for an error that SQLite did not give. */
const troubleOf = (error: unknown): string | null => {
  const code = sqliteCodeOf(error);
  if (code === null) return null;
  const told = `${code}: ${(error as Error).message}`;
  if (isBusy(error)) return `is held by another program (${told}): end what uses it (fuser names it), and start again`;
  if (code === 'SQLITE_NOTADB') return 'is not a SQLite database: move it away, or set DATA_DIR to another folder';
  return isPassing(error) ? `cannot be used (${told}): see that it may be written and that its disk has room` : null;
};

/**
 * Readable by its owner only, whatever the umask. SQLite gives the mode of the database to the files it makes beside
 * it.
 */
const makePrivate = (file: string): void => {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  // By name: closing a descriptor of an open database would drop the locks that this process holds on it.
  for (const each of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(each)) chmodSync(each, 0o600);
};
