import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Refuses to begin an empty history where there was one: the database is missing or empty, and its folder has the note that one was made
 * in it, or run logs.
 * @throws Error that says what to do
 */
export const requireKnownDatabase = (file: string): void => {
  const is = statSync(file, { throwIfNoEntry: false });
  if (is && is.size > 0) return;
  if (hadDatabase(file)) throw emptyHistory(file, is ? 'is empty' : 'is missing');
};

/** As `requireKnownDatabase`, of a database that was opened and has no tables. */
export const requireTables = (file: string): void => {
  if (hadDatabase(file)) throw emptyHistory(file, 'has no tables');
};

/** From now on the folder is one that has a database. Without room for the note, the next start writes it. */
export const noteDatabase = (file: string): void => {
  const text = `${basename(file)} belongs in this folder. Without it Runlet does not start here.\n`;
  try {
    if (existsSync(noteOf(file))) return;
    writeFileSync(noteOf(file), text, { mode: 0o600 });
    chmodSync(noteOf(file), 0o600); // whatever the umask
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
};

/** Of another name than the database: who deletes `runlet.db*` leaves it. */
const noteOf = (file: string): string => join(dirname(file), 'has-database');

const hadDatabase = (file: string): boolean => {
  if (existsSync(noteOf(file))) return true;
  const logs = join(dirname(file), 'logs');
  return existsSync(logs) && readdirSync(logs).some((name) => name.endsWith('.ndjson'));
};

/** Where Runlet saves what it had of a database that it lost. */
export const copyOf = (file: string): string => `${file}.saved`;

/** What can take the place of a database. */
export const substitutesOf = (file: string): string =>
  existsSync(copyOf(file)) ? `a backup, or ${copyOf(file)}, which Runlet saved,` : 'a backup';

const emptyHistory = (file: string, what: string): Error =>
  new Error(
    `${file} ${what}, and this folder had one: put ${substitutesOf(file)} in its place. To begin with an empty history instead, ` +
      `move ${noteOf(file)} and ${join(dirname(file), 'logs')} away, or name another folder in DATA_DIR`,
  );
