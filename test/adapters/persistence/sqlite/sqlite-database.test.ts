import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import type { SqlValue } from '../../../../src/adapters/persistence/sqlite/sql-values.js';
import { SqliteConnection } from '../../../../src/adapters/persistence/sqlite/sqlite-connection.js';
import { SqliteDatabase } from '../../../../src/adapters/persistence/sqlite/sqlite-database.js';
import { WriteQueue } from '../../../../src/adapters/persistence/sqlite/write-queue.js';

let folder: string;
let database: SqliteDatabase;
/** Another program that has the database open. */
let other: Libsql.Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runlet-db-'));
  const file = join(folder, 'test.db');
  closeSync(openSync(file, 'w'));
  database = new SqliteDatabase(new SqliteConnection(file), new WriteQueue({ patienceMs: 50 }));
  await database.transaction(({ exec }) =>
    exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE) STRICT'),
  );
  other = new Libsql(file);
});

afterEach(async () => {
  other.close();
  database.close();
  await rm(folder, { recursive: true });
});

const INSERT = 'INSERT INTO notes VALUES (:id, :text)';
const RENAME = 'UPDATE notes SET text = :text WHERE id = :id RETURNING *';
const unavailable = { name: 'DomainError', code: 'store.unavailable' };
const seenByOthers = (sql: string): unknown[] => other.prepare(sql).all([]);

describe('values', () => {
  it('binds each name, wherever and however often it stands', async () => {
    await database.run(INSERT, { text: 'a', id: 1 });
    const sql = 'SELECT :id AS one, :text AS two, :id + 1 AS three';
    expect(database.all(sql, { text: null, id: 1.5 })).toEqual([{ one: 1.5, two: null, three: 2.5 }]);
    expect(database.get('SELECT text FROM notes WHERE id = :id', { id: 1, unused: 'x' })).toEqual({ text: 'a' });
  });

  it.each([
    ['undefined', undefined],
    ['an object', {}],
    ['a Date', new Date()],
    ['a boolean', true],
    ['a bigint', 1n],
    ['a list', ['a']],
  ])('refuses %s, which libsql takes for null or ends the process for', async (_, value) => {
    const bind = database.run(INSERT, { id: 1, text: value as unknown as SqlValue });
    await expect(bind).rejects.toThrow(':text cannot be stored');
    expect(database.all('SELECT * FROM notes')).toEqual([]);
  });

  it('refuses a statement whose values are not all there', async () => {
    await expect(database.run(INSERT, { id: 1 })).rejects.toThrow(':text cannot be stored: it is undefined');
  });
});

describe('each call takes the statements that it reports truly', () => {
  const WRITES = [
    "INSERT INTO notes VALUES (1, 'a')",
    "INSERT INTO notes VALUES (1, 'a') RETURNING *",
    "WITH new AS (SELECT 1) INSERT INTO notes SELECT *, 'a' FROM new RETURNING id",
    'UPDATE notes SET id = 7 RETURNING *',
    'DELETE FROM notes RETURNING *',
    'PRAGMA user_version = 3',
    'BEGIN IMMEDIATE',
  ];

  it.each(WRITES)('no query: %s', (sql) => {
    expect(() => database.get(sql)).toThrow('was used as a query');
    expect(() => database.all(sql)).toThrow('was used as a query');
    expect(seenByOthers('SELECT * FROM notes')).toEqual([]);
  });

  it('a write with rows is not run as one without, which would leave it open, nor a query as a write', async () => {
    await expect(database.run(String(WRITES[1]))).rejects.toThrow('a write-returning statement was used as a write');
    await expect(database.change(String(WRITES[0]))).rejects.toThrow('a write statement was used as a write-returning');
    await expect(database.change('SELECT 1')).rejects.toThrow('a query statement was used as a write-returning');
    expect(other.prepare(INSERT.replace(':id, :text', "2, 'b'")).run([]).changes).toBe(1);
  });

  it('changes every row that it is about, and answers the first', async () => {
    await database.transaction(({ run }) => [1, 2, 3].forEach((id) => run(INSERT, { id, text: `note ${id}` })));
    expect(await database.change('UPDATE notes SET id = id + 10 RETURNING id')).toEqual({ id: 11 });
    expect(await database.change('DELETE FROM notes WHERE id = 1 RETURNING id')).toBeUndefined();
    expect(seenByOthers('SELECT id FROM notes')).toEqual([{ id: 11 }, { id: 12 }, { id: 13 }]);
  });
});

describe('a statement that failed', () => {
  beforeEach(async () => {
    for (const id of [1, 2, 3]) await database.run(INSERT, { id, text: `note ${id}` });
  });
  const texts = () => database.all('SELECT text FROM notes ORDER BY id').map(({ text }) => text);

  it('never runs again with the values of the call that failed', async () => {
    other.exec('BEGIN IMMEDIATE');
    await expect(database.change(RENAME, { id: 1, text: 'busy' })).rejects.toMatchObject(unavailable);
    other.exec('ROLLBACK');
    expect(await database.change(RENAME, { id: 2, text: 'meant' })).toMatchObject({ id: 2, text: 'meant' });
    expect(texts()).toEqual(['note 1', 'meant', 'note 3']);

    await expect(database.change(RENAME, { id: 1, text: 'note 3' })).rejects.toThrow('UNIQUE');
    expect(await database.change(RENAME, { id: 2, text: 'again' })).toMatchObject({ id: 2, text: 'again' });
    await expect(database.run(INSERT, { id: 4, text: 'note 3' })).rejects.toThrow('UNIQUE');
    expect(await database.run(INSERT, { id: 5, text: 'note 5' })).toBe(1);
    expect(texts()).toEqual(['note 1', 'again', 'note 3', 'note 5']);

    await database.run(INSERT, { id: 6, text: '{' });
    const json = 'SELECT json(text) AS text FROM notes WHERE id = :id';
    expect(() => database.get(json, { id: 6 })).toThrow('malformed JSON');
    expect(database.get(json, { id: 99 })).toBeUndefined();
  });

  it('does not hold the connection at what the database was then', async () => {
    for (const call of [
      () => database.change(RENAME, { id: 1, text: 'x' }),
      () => database.run(INSERT, { id: 9, text: 'x' }),
    ]) {
      other.exec('BEGIN IMMEDIATE');
      await expect(call()).rejects.toMatchObject(unavailable);
      other.exec('COMMIT');
      expect(database.get('SELECT * FROM notes')).toMatchObject({ id: 1 });
      other.exec("UPDATE notes SET text = text || '!' WHERE id = 3");
      const third = 'SELECT text FROM notes WHERE id = 3';
      expect(database.all(third)).toEqual(seenByOthers(third));
      expect(await database.change(RENAME, { id: 2, text: 'written' })).toMatchObject({ text: 'written' });
    }
    expect(texts()).toEqual(['note 1', 'written', 'note 3!!']);
    expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 1 });
  });

  it('leaves no transaction open that would let the WAL grow for ever', async () => {
    await expect(database.change(RENAME, { id: 1, text: 'note 3' })).rejects.toThrow('UNIQUE');
    await expect(database.run(INSERT, { id: 4, text: 'note 3' })).rejects.toThrow('UNIQUE');
    expect(() => database.all('SELECT json(text) FROM notes')).toThrow('malformed JSON');
    database.get('SELECT * FROM notes');
    database.all('SELECT * FROM notes LIMIT 2');
    await database.change(RENAME, { id: 1, text: 'y' });
    expect(seenByOthers('PRAGMA wal_checkpoint(TRUNCATE)')).toMatchObject([{ busy: 0, log: 0 }]);
  });
});

describe('what passes is store.unavailable', () => {
  it('while there is no room, and nothing is half written', async () => {
    const page_count = Number(database.get('PRAGMA page_count')?.page_count);
    const limitPages = (most: number) => database.transaction(({ exec }) => exec(`PRAGMA max_page_count = ${most}`));
    await limitPages(page_count + 1);
    const insert = database.run(INSERT, { id: 1, text: 'x'.repeat(100_000) });
    await expect(insert).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining('SQLITE_FULL') });
    await limitPages(100_000);
    expect(database.all('SELECT * FROM notes')).toEqual([]);
    expect(await database.run(INSERT, { id: 1, text: 'x'.repeat(100_000) })).toBe(1);
  });

  it('after it was closed', async () => {
    database.close();
    database.close();
    expect(() => database.get('SELECT 1')).toThrow(expect.objectContaining(unavailable));
    expect(() => database.all('SELECT 1')).toThrow(expect.objectContaining(unavailable));
    await expect(database.run(INSERT, { id: 1, text: 'a' })).rejects.toMatchObject(unavailable);
    await expect(database.transaction(() => 1)).rejects.toMatchObject(unavailable);
  });

  it('but not what is wrong with the statement', async () => {
    expect(() => database.get('SELECT nothing')).toThrow(expect.objectContaining({ name: 'SqliteError' }));
    await expect(database.run('UPDATE nothing SET x = 1')).rejects.toMatchObject({ name: 'SqliteError' });
  });
});

describe('transaction', () => {
  it('keeps all of the work or nothing', async () => {
    await database.transaction(({ run }) => run(INSERT, { id: 1, text: 'a' }));
    const fail = database.transaction(({ run }) => {
      run(INSERT, { id: 2, text: 'b' });
      throw new Error('no');
    });
    await expect(fail).rejects.toThrow('no');
    expect(seenByOthers('SELECT id FROM notes')).toEqual([{ id: 1 }]);
  });

  it('reads what it has written, and others do not', async () => {
    const seen = await database.transaction(({ run, get }) => {
      run(INSERT, { id: 1, text: 'a' });
      return [get('SELECT text FROM notes WHERE id = 1'), ...seenByOthers('SELECT id FROM notes')];
    });
    expect(seen).toEqual([{ text: 'a' }]);
  });

  it('is not to be used after its end, nor to wait for anything', async () => {
    const late = await database.transaction((transaction) => transaction);
    expect(() => late.run(INSERT, { id: 1, text: 'a' })).toThrow('after its end');
    expect(() => late.exec('DELETE FROM notes')).toThrow('after its end');
    const waits = database.transaction(async ({ run }) => {
      run(INSERT, { id: 2, text: 'b' });
      await Promise.resolve();
    });
    await expect(waits).rejects.toThrow('must not wait');
    expect(seenByOthers('SELECT id FROM notes')).toEqual([]);
  });
});
