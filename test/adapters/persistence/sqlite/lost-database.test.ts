import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, link, mkdtemp, open, readdir, readFile, readlink, rename, rm, stat, utimes } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSqliteStore } from '../../../../src/adapters/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { anAuditEvent, aScript, aSuccess, at, newId } from '../../../contracts/samples.js';
import { allOf } from '../../../support/all-of.js';

const FINE = { problems: [], mended: [] };
const TAIL = 'x'.repeat(65_536);

let dataDir: string;
let file: string;
let store: Store;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'runlet-lost-'));
  file = join(dataDir, 'runlet.db');
  store = await openSqliteStore({ dataDir });
});

afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true });
});

const addRuns = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const run = aSuccess(5, { scriptId: newId(), createdAt: at(n), finishedAt: at(n + 1), outputTail: TAIL });
    await store.runs.insert(run, anAuditEvent());
    ids.push(run.id);
  }
  return ids;
};

/** Another program that uses the database as it should. */
const outside = (sql: string): string => {
  const program = `const D = require(${JSON.stringify(createRequire(import.meta.url).resolve('libsql'))});
    const database = new D(${JSON.stringify(file)}); ${sql}; database.close();`;
  return execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' });
};

const overwrite = async (position: number, bytes: Buffer): Promise<void> => {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, position);
  await handle.close();
};

describe('A database that is in use', () => {
  it('is not taken for lost, whatever Runlet and others rightly do with it', async () => {
    const ids: string[] = [];
    for (let round = 0; round < 6; round++) {
      ids.push(...(await addRuns(60))); // 4 MiB each: the WAL is taken into the database on the way
      expect(await store.examine()).toEqual(FINE);
    }
    await store.runs.deleteEnded(ids.slice(0, 300));
    while (await store.reclaim()) expect(await store.examine()).toEqual(FINE);
    expect(await store.examine()).toEqual(FINE);
    outside(`database.prepare('SELECT count(*) FROM script_runs').all()`);
    expect(await store.examine()).toEqual(FINE);
    outside(
      `database.exec("PRAGMA wal_checkpoint(TRUNCATE); CREATE TABLE theirs (a); DROP TABLE theirs; PRAGMA wal_checkpoint")`,
    );
    expect(await store.examine()).toEqual(FINE);
    outside(`database.exec("VACUUM INTO '${file}.backup'")`);
    await chmod(file, 0o640);
    await link(file, `${file}.link`);
    await utimes(file, new Date(), new Date(0));
    expect(await store.examine()).toEqual(FINE);
    await addRuns(2);
    expect(await store.examine()).toEqual(FINE);
  }, 60_000);

  it.each([
    ['in its midst', (size: number) => size / 2],
    ['at its end', (size: number) => size - 200_000],
  ])(
    'is known to be damaged when garbage is written %s',
    async (_, position) => {
      await addRuns(300);
      await store.close();
      store = await openSqliteStore({ dataDir });
      expect(await store.examine()).toEqual(FINE);
      const { size } = await stat(file);
      await overwrite(Math.floor(position(size) / 4096) * 4096, Buffer.alloc(150_000, 0xa5));
      const { problems } = await store.examine();
      expect(problems).toEqual([
        { code: 'store.damaged', message: expect.stringContaining(`${file} was overwritten by another program`) },
      ]);
      expect((await store.examine()).problems).toEqual(problems); // it stays so
    },
    60_000,
  );

  it('that a statement finds damaged is said to be so, and the statement fails with what to do', async () => {
    await addRuns(1600); // more than is read through at the start
    await store.close();
    const { size } = await stat(file);
    for (let at = size / 4; at < size; at += 409_600)
      await overwrite(Math.floor(at / 4096) * 4096, Buffer.alloc(8192, 0xa5));
    store = await openSqliteStore({ dataDir });
    const damage = { message: expect.stringMatching(/runlet\.db is damaged \(SQLITE_CORRUPT.*put a backup/) };
    let error: unknown;
    for (let cursor; error === undefined;) {
      try {
        const page = await store.runs.list({ limit: 200, ...(cursor && { cursor }) });
        for (const { id } of page.items) await store.runs.find(id);
        cursor = page.next;
        if (!cursor) break;
      } catch (caught) {
        error = caught;
      }
    }
    expect(error).toMatchObject({ code: 'store.unavailable', ...damage });
    expect((await store.examine()).problems).toEqual([{ code: 'store.damaged', ...damage }]);
  }, 60_000);

  it('that is large and deleted is saved when the store is closed', async () => {
    const ids = await addRuns(1600);
    await rm(file);
    const { problems } = await store.examine();
    expect(problems[0]?.message).toMatch(/was deleted .* Stop Runlet with SIGTERM: it then saves what it held; rename/);
    expect(await readdir(dataDir)).not.toContain('runlet.db.saved');
    await store.close();
    await rename(`${file}.saved`, file);
    store = await openSqliteStore({ dataDir });
    expect(await store.runs.known(ids.slice(0, 5))).toEqual(new Set(ids.slice(0, 5)));
  }, 60_000);

  it('has what was written after it was deleted in the copy that is saved at the end', async () => {
    const [early] = await addRuns(1);
    await rm(file);
    await store.examine();
    const [late] = await addRuns(1);
    await store.close();
    await rename(`${file}.saved`, file);
    store = await openSqliteStore({ dataDir });
    expect(await store.runs.known([early!, late!])).toEqual(new Set([early, late]));
  });

  it('leaves the files of another one in its place alone, also at the end', async () => {
    await addRuns(3);
    await rename(file, `${file}.old`);
    await store.examine();
    const other = await openSqliteStore({ dataDir }).catch((error: unknown) => error);
    expect(String(other)).toContain('runlet.db is missing, and this folder had one');
    await rename(`${file}.old`, file);
    expect((await store.examine()).problems).toEqual([]);
    expect((await allOf(store.scripts.list())).length).toBe(0);
    await store.scripts.insert(aScript(), anAuditEvent());
    outside(`console.log(database.prepare('SELECT count(*) AS n FROM script_definitions').get().n)`);
  });
});

it('A store that is opened and closed again and again goes on with the descriptors that it looks at its files by', async () => {
  /** SQLite's own are for writing too. When it closes them depends on when its statements are collected. */
  const forReading = async (name: string) => {
    const held = await Promise.all((await readdir('/proc/self/fd')).map(async (fd) => isForReading(fd, name)));
    return held.filter(Boolean).length;
  };
  const isForReading = async (fd: string, name: string) => {
    try {
      if ((await readlink(`/proc/self/fd/${fd}`)) !== join(dataDir, name)) return false;
      const flags = /^flags:\t([0-7]+)$/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
      return (parseInt(flags, 8) & (constants.O_WRONLY | constants.O_RDWR)) === 0;
    } catch {
      return false; // closed meanwhile
    }
  };
  const held = () => Promise.all(['runlet.db', 'runlet.db-shm'].map(forReading));
  expect(await held()).toEqual([1, 1]);
  for (let n = 0; n < 20; n++) {
    await store.close();
    store = await openSqliteStore({ dataDir });
    await allOf(store.scripts.list());
  }
  expect(await held()).toEqual([1, 1]);
});
