import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase, type SqlValue } from '../../../../src/adapters/persistence/sqlite/sqlite-database.js';

let folder: string;
let database: SqliteDatabase;
/** Another process that has the database open, as a backup would. */
let other: SqliteDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runlet-db-'));
  database = new SqliteDatabase(join(folder, 'test.db'), { busyTimeoutMs: 20 });
  database.get('PRAGMA journal_mode = WAL');
  database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE) STRICT');
  other = new SqliteDatabase(join(folder, 'test.db'));
});

afterEach(async () => {
  other.close();
  database.close();
  await rm(folder, { recursive: true });
});

const INSERT = 'INSERT INTO notes VALUES (:id, :text)';
const RENAME = 'UPDATE notes SET text = :text WHERE id = :id RETURNING *';
const unavailable = { name: 'DomainError', code: 'store.unavailable' };

const failureOf = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
};

describe('values', () => {
  it('binds each name, wherever and however often it stands', () => {
    database.run(INSERT, { text: 'a', id: 1 });
    const sql = 'SELECT :id AS one, :text AS two, :id + 1 AS three';
    expect(database.all(sql, { text: null, id: 1.5 })).toEqual([{ one: 1.5, two: null, three: 2.5 }]);
    expect(database.get('SELECT text FROM notes WHERE id = :id', { id: 1, unused: 'x' })).toMatchObject({ text: 'a' });
  });

  it.each([
    ['undefined', undefined],
    ['an object', {}],
    ['a Date', new Date()],
    ['a boolean', true],
    ['a bigint', 1n],
    ['a list', ['a']],
  ])('refuses %s, which libsql takes for null or ends the process for', (_, value) => {
    const bind = () => database.run(INSERT, { id: 1, text: value as unknown as SqlValue });
    expect(bind).toThrow(':text cannot be stored');
    expect(database.all('SELECT * FROM notes')).toEqual([]);
  });

  it('refuses a statement whose values are not all there', () => {
    expect(() => database.run(INSERT, { id: 1 })).toThrow(':text cannot be stored: it is undefined');
  });
});

describe('a statement that failed', () => {
  beforeEach(() => {
    for (const id of [1, 2, 3]) database.run(INSERT, { id, text: `note ${id}` });
  });
  const texts = () => database.all('SELECT text FROM notes ORDER BY id').map(({ text }) => text);

  it('never runs again with the values of the call that failed', () => {
    other.exec('BEGIN IMMEDIATE');
    expect(failureOf(() => database.get(RENAME, { id: 1, text: 'busy' }))).toMatchObject(unavailable);
    other.exec('ROLLBACK');
    expect(database.get(RENAME, { id: 2, text: 'meant' })).toMatchObject({ id: 2, text: 'meant' });
    expect(texts()).toEqual(['note 1', 'meant', 'note 3']);

    expect(() => database.get(RENAME, { id: 1, text: 'note 3' })).toThrow('UNIQUE');
    expect(database.get(RENAME, { id: 2, text: 'again' })).toMatchObject({ id: 2, text: 'again' });
    expect(() => database.run(INSERT, { id: 4, text: 'note 3' })).toThrow('UNIQUE');
    expect(database.run(INSERT, { id: 5, text: 'note 5' })).toBe(1);
    expect(texts()).toEqual(['note 1', 'again', 'note 3', 'note 5']);

    database.run(INSERT, { id: 6, text: '{' });
    const json = 'SELECT json(text) AS text FROM notes WHERE id = :id';
    expect(() => database.get(json, { id: 6 })).toThrow('malformed JSON');
    expect(database.get(json, { id: 99 })).toBeUndefined();
  });

  it('does not hold the connection at what the database was then', () => {
    for (const call of [
      () => database.get(RENAME, { id: 1, text: 'x' }),
      () => database.run(INSERT, { id: 9, text: 'x' }),
    ]) {
      other.exec('BEGIN IMMEDIATE');
      expect(failureOf(call)).toMatchObject(unavailable);
      other.exec('COMMIT');
      expect(database.get('SELECT * FROM notes')).toMatchObject({ id: 1 });
      other.run("UPDATE notes SET text = text || '!' WHERE id = 3");
      expect(database.all('SELECT text FROM notes WHERE id = 3')).toEqual(
        other.all('SELECT text FROM notes WHERE id = 3'),
      );
      expect(database.get(RENAME, { id: 2, text: 'written' })).toMatchObject({ text: 'written' });
    }
    expect(texts()).toEqual(['note 1', 'written', 'note 3!!']);
    expect(database.get('PRAGMA synchronous')).toMatchObject({ synchronous: 1 });
  });

  it('leaves no transaction open that would let the log of writes grow for ever', () => {
    expect(() => database.get(RENAME, { id: 1, text: 'note 3' })).toThrow('UNIQUE');
    expect(() => database.run(INSERT, { id: 4, text: 'note 3' })).toThrow('UNIQUE');
    expect(() => database.all('SELECT json(text) FROM notes')).toThrow('malformed JSON');
    database.get('SELECT * FROM notes');
    database.all('SELECT * FROM notes LIMIT 2');
    database.get(RENAME, { id: 1, text: 'y' });
    expect(other.get('PRAGMA wal_checkpoint(TRUNCATE)')).toMatchObject({ busy: 0, log: 0 });
  });
});

describe('what passes is store.unavailable', () => {
  it('while another process writes', () => {
    other.exec('BEGIN IMMEDIATE');
    const failure = failureOf(() => database.run(INSERT, { id: 1, text: 'a' }));
    expect(failure).toMatchObject(unavailable);
    expect((failure as Error).message).toContain('SQLITE_BUSY');
    expect(failureOf(() => database.transaction(() => undefined))).toMatchObject(unavailable);
    other.exec('ROLLBACK');
    expect(database.run(INSERT, { id: 1, text: 'a' })).toBe(1);
  });

  it('while there is no room, and nothing is half written', () => {
    const { page_count } = database.get('PRAGMA page_count') as { page_count: number };
    database.get(`PRAGMA max_page_count = ${page_count + 1}`);
    const failure = failureOf(() => database.run(INSERT, { id: 1, text: 'x'.repeat(100_000) }));
    expect(failure).toMatchObject(unavailable);
    expect((failure as Error).message).toContain('SQLITE_FULL');
    database.get('PRAGMA max_page_count = 100000');
    expect(database.all('SELECT * FROM notes')).toEqual([]);
    expect(database.run(INSERT, { id: 1, text: 'x'.repeat(100_000) })).toBe(1);
  });

  it('after it was closed', () => {
    database.close();
    database.close();
    for (const call of [
      () => database.get('SELECT 1'),
      () => database.all('SELECT 1'),
      () => database.run(INSERT, { id: 1, text: 'a' }),
      () => database.exec('SELECT 1'),
    ]) {
      expect(failureOf(call)).toMatchObject(unavailable);
    }
  });

  it('but not what is wrong with the statement', () => {
    expect(failureOf(() => database.get('SELECT nothing'))).toMatchObject({ name: 'SqliteError' });
    expect(failureOf(() => database.exec('SELECT nothing'))).toMatchObject({ name: 'SqliteError' });
  });
});

describe('transaction', () => {
  it('keeps all of the work or nothing', () => {
    database.transaction(() => database.run(INSERT, { id: 1, text: 'a' }));
    const fail = () =>
      database.transaction(() => {
        database.run(INSERT, { id: 2, text: 'b' });
        throw new Error('no');
      });
    expect(fail).toThrow('no');
    expect(other.all('SELECT id FROM notes')).toEqual([{ id: 1 }]);
  });
});
