import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import Libsql from 'libsql';
import { openDatabase } from '../../../../src/adapters/persistence/sqlite/open-database.js';
import { SqliteConnection } from '../../../../src/adapters/persistence/sqlite/sqlite-connection.js';
import { SqliteDatabase } from '../../../../src/adapters/persistence/sqlite/sqlite-database.js';
import { WriteQueue } from '../../../../src/adapters/persistence/sqlite/write-queue.js';

/** Longer than any of these tests holds the database. */
const LONG_MS = 60_000;
/** Long enough for the first of the writes that wait to be tried again. */
const SOME_TRIES_MS = 100;
/** What a statement takes at least that waits for a lock inside SQLite, as one did before. */
const BLOCKED_MS = 1000;

let folder: string;
let file: string;
let other: Libsql.Database;
const opened: { close(): void }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runlet-held-'));
  file = join(folder, 'test.db');
  closeSync(openSync(file, 'w'));
  other = new Libsql(file);
});

afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  other.close();
  await rm(folder, { recursive: true });
});

const open = async ({ patienceMs }: { patienceMs: number }): Promise<SqliteDatabase> => {
  const database = new SqliteDatabase(new SqliteConnection(file), new WriteQueue({ patienceMs }));
  opened.push(database);
  await database.transaction(({ exec }) =>
    exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE) STRICT'),
  );
  return database;
};

const INSERT = 'INSERT INTO notes (text) VALUES (:text)';
const LIST = 'SELECT text FROM notes ORDER BY id';
const seenByOthers = () => (other.prepare(LIST).all([]) as { text: string }[]).map(({ text }) => text);
const unavailable = {
  code: 'store.unavailable',
  message: expect.stringContaining('another program holds the database'),
};

it('a write that meets no lock is stored in the turn in which it is asked for', async () => {
  const database = await open({ patienceMs: LONG_MS });
  const done = database.run(INSERT, { text: 'a' });
  expect(seenByOthers()).toEqual(['a']);
  await done;
});

describe.each(['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'])('a database that another program holds by %s', (hold) => {
  it('is read meanwhile; writes wait, without the process, and are done in their order', async () => {
    const database = await open({ patienceMs: LONG_MS });
    await database.run(INSERT, { text: 'before' });
    other.exec(hold);
    const began = performance.now();
    const writes = ['a', 'b', 'c'].map((text) => database.run(INSERT, { text }));
    const changed = database.change("UPDATE notes SET text = text || '!' WHERE text = 'a' RETURNING text");
    const asked = performance.now() - began;
    expect(database.all(LIST)).toEqual([{ text: 'before' }]);
    let settled = false;
    void Promise.race(writes).then(() => (settled = true));
    await after(SOME_TRIES_MS);
    expect(settled).toBe(false);
    expect(database.all(LIST)).toEqual([{ text: 'before' }]);

    other.exec('COMMIT');
    const late = database.run(INSERT, { text: 'd' }); // there is no lock any more, but others wait
    expect(await Promise.all([...writes, late])).toEqual([1, 1, 1, 1]);
    expect(await changed).toEqual({ text: 'a!' });
    expect(seenByOthers()).toEqual(['before', 'a!', 'b', 'c', 'd']);
    expect(asked).toBeLessThan(BLOCKED_MS);
    const again = database.run(INSERT, { text: 'e' });
    expect(seenByOthers()).toContain('e'); // in the same turn, as before
    await again;
  });

  it('for too long refuses each write, and none of them is done later', async () => {
    const database = await open({ patienceMs: SOME_TRIES_MS });
    other.exec(hold);
    const writes = ['a', 'b', 'c'].map((text) => database.run(INSERT, { text }));
    for (const write of writes) await expect(write).rejects.toMatchObject(unavailable);
    other.exec('COMMIT');
    expect(await database.run(INSERT, { text: 'd' })).toBe(1);
    expect(seenByOthers()).toEqual(['d']);
  });

  it('is not waited for by what gives space back', async () => {
    const database = await open({ patienceMs: SOME_TRIES_MS });
    await database.run(INSERT, { text: 'x'.repeat(100_000) });
    await database.run('DELETE FROM notes');
    other.exec(hold);
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    await expect(database.reclaim()).rejects.toMatchObject(unavailable);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(2);
  });

  it('is not waited for at the end, which gives up what waits', async () => {
    const database = await open({ patienceMs: LONG_MS });
    other.exec(hold);
    const waiting = database.run(INSERT, { text: 'a' });
    const began = performance.now();
    database.close();
    expect(performance.now() - began).toBeLessThan(BLOCKED_MS);
    const closed = { code: 'store.unavailable', message: expect.stringContaining('closed') };
    await expect(waiting).rejects.toMatchObject(closed);
    other.exec('COMMIT');
    await after(SOME_TRIES_MS);
    expect(seenByOthers()).toEqual([]);
  });
});

it('a write that fails for its own reasons does not keep those that wait behind it', async () => {
  const database = await open({ patienceMs: LONG_MS });
  await database.run(INSERT, { text: 'a' });
  other.exec('BEGIN IMMEDIATE');
  const twice = database.run(INSERT, { text: 'a' });
  const faulty = database.transaction(({ run }) => {
    run(INSERT, { text: 'b' });
    throw new Error('no');
  });
  const good = database.run(INSERT, { text: 'c' });
  other.exec('COMMIT');
  await expect(twice).rejects.toThrow('UNIQUE');
  await expect(faulty).rejects.toThrow('no');
  expect(await good).toBe(1);
  expect(seenByOthers()).toEqual(['a', 'c']);
});

it('a reader that stays at an old state holds nobody up: writes, giving space back and the end go on', async () => {
  const database = await open({ patienceMs: SOME_TRIES_MS });
  await database.run(INSERT, { text: 'x'.repeat(100_000) });
  other.exec('BEGIN');
  seenByOthers();
  await database.run('DELETE FROM notes');
  while (await database.reclaim());
  expect(await database.run(INSERT, { text: 'a' })).toBe(1);
  database.close();
  other.exec('COMMIT');
  expect(seenByOthers()).toEqual(['a']);
});

describe('openDatabase', () => {
  it('opens at once what another program only writes to', async () => {
    (await openDatabase(file)).close();
    other.exec('BEGIN IMMEDIATE');
    opened.push(await openDatabase(file, { patienceMs: 0 }));
  });

  it.each([
    ['that is new', () => other.exec('BEGIN EXCLUSIVE')],
    [
      'that another program keeps to itself',
      () => other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE theirs (id INTEGER); COMMIT'),
    ],
    [
      'that is to be migrated',
      () => other.exec('PRAGMA journal_mode = WAL; CREATE TABLE theirs (id INTEGER); BEGIN IMMEDIATE'),
    ],
  ])('waits for a database %s, and refuses it when it stays held', async (_, hold) => {
    hold();
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    const refused = openDatabase(file, { patienceMs: SOME_TRIES_MS });
    await expect(refused).rejects.toThrow(`${file} is held by another program (SQLITE_BUSY`);
    expect(turns).toBeGreaterThan(2);
    const waited = openDatabase(file, { patienceMs: LONG_MS });
    turns = 0;
    while (turns < 3) await after(1);
    clearInterval(counting);
    other.close();
    opened.push(await waited);
    other = new Libsql(file);
    expect(other.prepare('SELECT count(*) AS runs FROM script_runs').all([])).toEqual([{ runs: 0 }]);
  });
});
