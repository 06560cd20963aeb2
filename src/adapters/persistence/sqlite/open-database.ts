import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { QUICK_BYTES } from './database-files.js';
import { DatabaseWatch } from './database-watch.js';
import { replaceInvalidText } from './invalid-text.js';
import { noteDatabase, requireKnownDatabase, requireTables, substitutesOf } from './known-database.js';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './schema.js';
import { SqliteConnection } from './sqlite-connection.js';
import { SqliteDatabase } from './sqlite-database.js';
import { isBusy, isDamage, isPassing, sqliteCodeOf } from './sqlite-error.js';
import { WriteQueue, type WriteQueueOptions } from './write-queue.js';

/**
 * Opens the database, makes it where there is none and brings it to the present schema. While another program holds it,
 * it waits.
 * @param options how long this and every later write waits
 * @throws Error that names `file` and says what to do, when it cannot be opened, is no database, is of a newer Runlet
 *   or stays held.
 */
export const openDatabase = async (file: string, options: WriteQueueOptions = {}): Promise<SqliteDatabase> => {
  requireKnownDatabase(file);
  makePrivate(file);
  if (!statSync(file).isFile()) throw new Error(`${file} is no file: move it away, or set DATA_DIR to another folder`);
  const { patienceMs } = options;
  const opening = new WriteQueue(patienceMs === undefined ? {} : { patienceMs });
  try {
    const { connection, watch, replaced } = await opening.run(() => openMigrated(file));
    for (const what of replaced) options.log?.warn({ file }, what);
    noteDatabase(file);
    return new SqliteDatabase(connection, new WriteQueue(options), watch);
  } catch (error) {
    const trouble = troubleOf(file, error);
    throw trouble === null ? error : new Error(`${file} ${trouble}`, { cause: error });
  }
};

interface Opened {
  readonly connection: SqliteConnection;
  readonly watch: DatabaseWatch;
  /** What text was not readable, and is now. */
  readonly replaced: readonly string[];
}

const openMigrated = (file: string): Opened => {
  const connection = new SqliteConnection(file);
  try {
    const isSmall = statSync(file).size <= QUICK_BYTES;
    requireSound(connection, file, isSmall);
    migrate(connection, file, MIGRATIONS);
    const replaced = isSmall ? replaceInvalidText(connection) : [];
    return { connection, watch: new DatabaseWatch(file, connection), replaced };
  } catch (error) {
    connection.close();
    throw error;
  }
};

/** A large database is not read through: what is damaged in it shows when it is read. */
const requireSound = (connection: SqliteConnection, file: string, isSmall: boolean): void => {
  const [{ tables } = {}] = connection.all('SELECT count(*) AS tables FROM sqlite_schema');
  if (tables === 0) requireTables(file);
  const damage = isSmall ? connection.check() : null;
  if (damage !== null) throw new Error(`${file} ${damaged(file, damage)}`);
};

const damaged = (file: string, what: string): string =>
  `is damaged (${what}): put ${substitutesOf(file)} in its place, or what the .recover command of sqlite3 can read of it`;

/** What is wrong with the file and what to do; null for an error that SQLite did not give. */
const troubleOf = (file: string, error: unknown): string | null => {
  const code = sqliteCodeOf(error);
  if (code === null) return null;
  const told = `${code}: ${(error as Error).message}`;
  if (isBusy(error)) return `is held by another program (${told}): end what uses it (fuser names it), and start again`;
  if (code === 'SQLITE_NOTADB') {
    return `is not a SQLite database: move it away and put ${substitutesOf(file)} in its place, or set DATA_DIR to another folder`;
  }
  if (isDamage(error)) return damaged(file, told);
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
