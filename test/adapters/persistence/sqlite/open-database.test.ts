import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../../../src/adapters/persistence/sqlite/migrate.js';
import { openDatabase } from '../../../../src/adapters/persistence/sqlite/open-database.js';
import { MIGRATIONS } from '../../../../src/adapters/persistence/sqlite/schema.js';
import { SqliteConnection } from '../../../../src/adapters/persistence/sqlite/sqlite-connection.js';
import { openSqliteStore } from '../../../../src/adapters/persistence/sqlite/sqlite-store.js';
import { anAuditEvent, aScript } from '../../../contracts/samples.js';
import { allOf } from '../../../support/all-of.js';

let dataDir: string;
let file: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'runlet-open-'));
  file = join(dataDir, 'runlet.db');
});

afterEach(() => rm(dataDir, { recursive: true }));

const using = <D extends { close(): void }>(database: D, work: (database: D) => void): void => {
  try {
    work(database);
  } finally {
    database.close();
  }
};
const pragma = (database: Pick<SqliteConnection, 'all'>, name: string) => database.all(`PRAGMA ${name}`)[0]?.[name];
/** A connection to the file, which is made when it is missing. */
const connect = (): SqliteConnection => {
  closeSync(openSync(file, 'a', 0o600));
  return new SqliteConnection(file);
};

describe('openDatabase', () => {
  it('makes a database that is durable, gives room back and knows its version', async () => {
    using(await openDatabase(file), (database) => {
      expect(pragma(database, 'journal_mode')).toBe('wal');
      expect(pragma(database, 'synchronous')).toBe(1);
      expect(pragma(database, 'auto_vacuum')).toBe(2);
      expect(pragma(database, 'user_version')).toBe(MIGRATIONS.length);
    });
  });

  it('opens what it made, with all that is in it', async () => {
    const script = aScript();
    const first = await openSqliteStore({ dataDir });
    await first.scripts.insert(script, anAuditEvent());
    await first.close();
    const second = await openSqliteStore({ dataDir });
    expect(await allOf(second.scripts.list())).toEqual([script]);
    await second.close();
  });

  it('opens what the first version wrote; what came later has its default', async () => {
    const { confirm: _, ...script } = aScript();
    using(connect(), (database) => {
      migrate(database, file, MIGRATIONS.slice(0, 1));
      const [enabled, [createdAt, updatedAt]] = [1, [script.createdAt.getTime(), script.updatedAt.getTime()]];
      const columns = { ...script, env: JSON.stringify(script.env), enabled, createdAt, updatedAt };
      const names = Object.keys(columns);
      const values = names.map((name) => `:${name}`);
      const insert = `INSERT INTO script_definitions (${names.join(', ')}) VALUES (${values.join(', ')})`;
      database.transact((transaction) => transaction.run(insert, columns));
    });
    const store = await openSqliteStore({ dataDir });
    expect(await allOf(store.scripts.list())).toEqual([{ ...script, confirm: false }]);
    await store.close();
  });

  it('makes the schema in an empty database of version 0', async () => {
    using(connect(), (database) => {
      expect(pragma(database, 'user_version')).toBe(0);
    });
    using(await openDatabase(file), (database) => {
      expect(database.all('SELECT * FROM script_runs')).toEqual([]);
    });
  });

  it('refuses a database of a newer version, says what to do and changes nothing', async () => {
    (await openDatabase(file)).close();
    using(connect(), (database) => {
      database.transact(({ exec }) => exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`));
    });
    await expect(openDatabase(file)).rejects.toThrow(
      `${file} has schema version ${MIGRATIONS.length + 1} and this version of Runlet knows ${MIGRATIONS.length}: start the newer`,
    );
    using(connect(), (database) => {
      expect(pragma(database, 'user_version')).toBe(MIGRATIONS.length + 1);
    });
  });

  it('refuses what is no database, names it and leaves it as it is', async () => {
    const text = 'Dear diary, this is no database.\n'.repeat(200);
    await writeFile(file, text);
    await expect(openDatabase(file)).rejects.toThrow(`${file} is not a SQLite database: move it away`);
    expect(await readFile(file, 'utf8')).toBe(text);
    await rm(file);
    await mkdir(file);
    await expect(openDatabase(file)).rejects.toThrow(`${file} is no file: move it away`);
  });

  it('names the file that it cannot make', async () => {
    const missing = join(dataDir, 'gone', 'runlet.db');
    await expect(openDatabase(missing)).rejects.toThrow(missing);
  });

  it.each([0o000, 0o777])('keeps its files private under umask %s', async (umask) => {
    const old = process.umask(umask);
    try {
      const store = await openSqliteStore({ dataDir });
      await store.scripts.insert(aScript(), anAuditEvent());
      const files = (await readdir(dataDir)).filter((name) => name !== 'logs').sort();
      expect(files).toEqual(['has-database', 'runlet.db', 'runlet.db-shm', 'runlet.db-wal']);
      for (const name of files) expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
      expect((await stat(join(dataDir, 'logs'))).mode & 0o777).toBe(0o700);
      await store.close();
    } finally {
      process.umask(old);
    }
  });

  it('begins no empty history where everything that has the name of the database was deleted', async () => {
    await (await openSqliteStore({ dataDir })).close();
    const named = (await readdir(dataDir)).filter((name) => name.startsWith('runlet.db'));
    for (const name of named) await rm(join(dataDir, name));
    await expect(openSqliteStore({ dataDir })).rejects.toThrow(`${file} is missing, and this folder had one`);
    expect(await readdir(dataDir)).toEqual(['has-database', 'logs']);
  });

  it('makes files private that were not', async () => {
    using(await openDatabase(file), () => undefined);
    await chmod(file, 0o644);
    using(await openDatabase(file), () => undefined);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe('migrate', () => {
  const first = 'CREATE TABLE notes (text TEXT NOT NULL) STRICT';
  const second = `ALTER TABLE notes ADD COLUMN length INTEGER; UPDATE notes SET length = length(text)`;

  it('brings an older database to the present version and keeps what is in it', () => {
    using(connect(), (database) => {
      migrate(database, file, [first]);
      database.transact(({ run }) => run('INSERT INTO notes VALUES (:text)', { text: 'four' }));
      migrate(database, file, [first, second]);
      expect(database.all('SELECT * FROM notes')).toEqual([{ text: 'four', length: 4 }]);
      expect(pragma(database, 'user_version')).toBe(2);
      migrate(database, file, [first, second]);
      expect(database.all('SELECT * FROM notes')).toEqual([{ text: 'four', length: 4 }]);
    });
  });

  it('changes nothing when one of several steps fails', () => {
    using(connect(), (database) => {
      migrate(database, file, [first]);
      expect(() => migrate(database, file, [first, second, 'ALTER TABLE nowhere ADD COLUMN x'])).toThrow('nowhere');
      expect(pragma(database, 'user_version')).toBe(1);
      expect(database.all("SELECT name FROM pragma_table_info('notes')")).toEqual([{ name: 'text' }]);
      migrate(database, file, [first, second]);
      expect(pragma(database, 'user_version')).toBe(2);
    });
  });
});
