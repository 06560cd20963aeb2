import { chmod, chown, copyFile, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { isRoot } from '../support/root.js';
import { withDatabase } from '../support/mongo/fresh-mongo-store.js';
import { itSampled } from '../support/sample.js';
import { RUNS, SCRIPTS } from './support/api-client.js';
import { describeOnMongo } from './support/each-store.js';
import { cleanUp, freshDataDir, type Server, startInVain, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

const NOBODY = 65534;
/** What the issue promises. */
const NOTICED_MS = 10_000;

interface ProblemJson {
  readonly code: string;
  readonly message: string;
}

const problemsOf = async ({ api }: Server): Promise<readonly ProblemJson[]> =>
  (await api.get<{ problems: readonly ProblemJson[] }>('/api/admin/system')).body.problems;

const healthOf = async ({ api }: Server): Promise<unknown> => (await api.get('/healthz')).body;

/** Without a request in between: the server has to look by itself. */
const noticed = (server: Server, text: string | RegExp): Promise<void> =>
  eventually(() => expect(server.stderr()).toMatch(text), { timeoutMs: NOTICED_MS });

const linesWith = (server: Server, code: string): number => server.stderr().split(`"code":"${code}"`).length - 1;

/** A server with a script that has run, a run that goes on, and one that waits for it. */
const busyServer = async (options: { user?: number } = {}) => {
  const { DATA_DIR } = await freshDataDir();
  if (options.user !== undefined) {
    await mkdir(DATA_DIR, { mode: 0o700 });
    await chmod(join(DATA_DIR, '..'), 0o777);
    await chown(DATA_DIR, options.user, options.user);
  }
  const graces = { SHUTDOWN_GRACE_MS: '100', KILL_GRACE_MS: '100' };
  const settings = { DATA_DIR, MAX_CONCURRENT_RUNS: '1', LOG_LEVEL: 'info', ...graces };
  const server = await startServer(settings, options);
  const done = await server.api.runToEnd({ name: 'Done', script: 'echo done' });
  const goes = await server.api.run({ name: 'Goes', script: 'echo begun; sleep 6; echo over' });
  await server.api.printed(goes, 'begun');
  const journal = join(await temporaryFolder(), 'journal');
  await chmod(join(journal, '..'), 0o777);
  const waits = await server.api.run({ name: 'Waits', script: `echo ran >>${journal}` });
  return { settings, server, done, goes, waits, journal, file: join(DATA_DIR, 'runlet.db') };
};

type Busy = Awaited<ReturnType<typeof busyServer>>;

/** What holds while the store is lost: it is said everywhere, nothing begins, what runs goes on, all can be read. */
const expectLost = async ({ server, done, goes, waits }: Busy, code: string, what: RegExp): Promise<void> => {
  const { api } = server;
  await noticed(server, new RegExp(`"code":"${code}"`));
  expect(await healthOf(server)).toMatchObject({ status: 'unavailable', problems: expect.arrayContaining([code]) });
  const problem = (await problemsOf(server)).find((each) => each.code === code);
  expect(problem?.message).toMatch(what);
  const refused = await api.send('POST', `${SCRIPTS}/${done.scriptId}/run`);
  expect([refused.status, refused.body]).toEqual([503, { error: problem?.message, code: 'store.unavailable' }]);
  expect((await api.send('POST', SCRIPTS, { name: 'New', type: 'bash', script: 'true' })).status).toBe(503);
  expect((await api.send('PUT', `${SCRIPTS}/${done.scriptId}`, { description: 'new' })).status).toBe(503);
  expect((await api.scripts()).map(({ name }) => name).sort()).toEqual(['Done', 'Goes', 'Waits']);
  expect(await api.runOf(done.id)).toEqual(done);
  expect((await api.get(`${RUNS}?limit=10`)).status).toBe(200);
  expect(await api.ended(goes)).toMatchObject({ status: 'succeeded', outputTail: 'begun\nover\n' });
  expect((await api.runOf(waits)).status).toBe('queued');
  expect(linesWith(server, code)).toBe(1);
};

/** All is as if nothing had happened, and what waited has run once. */
const expectWhole = async ({ done, goes, waits, journal }: Busy, server: Server): Promise<void> => {
  const { api } = server;
  expect(await api.runOf(done.id)).toEqual(done);
  expect(await api.ended(goes)).toMatchObject({ status: 'succeeded', outputTail: 'begun\nover\n' });
  expect(await api.ended(waits)).toMatchObject({ status: 'succeeded' });
  expect(await readFile(journal, 'utf8')).toBe('ran\n');
  expect(await api.runToEnd({ name: 'After', script: 'echo after' })).toMatchObject({ outputTail: 'after\n' });
};

const expectOver = async (server: Server, code: string): Promise<void> => {
  await eventually(async () => expect(await healthOf(server)).toEqual({ status: 'ok' }), { timeoutMs: NOTICED_MS });
  expect(await problemsOf(server)).toEqual([]);
  expect(linesWith(server, code)).toBe(2); // the second says that it is over
};

describe('A server whose database is lost while it runs', () => {
  afterAll(cleanUp);

  itSampled<[string, (busy: Busy) => Promise<() => Promise<void>>, RegExp]>([
    [
      'it is moved away, and put back',
      async ({ file }) => {
        await rename(file, `${file}.old`);
        return () => rename(`${file}.old`, file);
      },
      /is not there any more: it was moved to .*runlet\.db\.old/,
    ],
    [
      'its folder is moved away, and put back',
      async ({ settings: { DATA_DIR } }) => {
        await rename(DATA_DIR, `${DATA_DIR}.old`);
        return () => rename(`${DATA_DIR}.old`, DATA_DIR);
      },
      /is not there any more: it was moved to .*data\.old/,
    ],
    [
      'another file takes its name, and gives it back',
      async ({ file }) => {
        await rename(file, `${file}.old`);
        await writeFile(file, 'another');
        return () => rename(`${file}.old`, file);
      },
      /another file is in its place/,
    ],
  ])(
    'goes on by itself when %s',
    async (_, lose, what) => {
      const busy = await busyServer();
      const putBack = await lose(busy);
      await expectLost(busy, 'store.missing', what);
      await putBack();
      await expectOver(busy.server, 'store.missing');
      await expectWhole(busy, busy.server);
      await busy.server.stop();
      const again = await startServer(busy.settings);
      await expectWhole(busy, again).then(() => again.stop());
    },
    60_000,
  );

  it('saves what a deleted one held, and refuses to start with nothing', async () => {
    const busy = await busyServer();
    const { settings, server, file } = busy;
    await rm(file);
    await expectLost(busy, 'store.missing', /was deleted while Runlet used it\. .*runlet\.db\.saved is a copy/);
    expect((await stat(`${file}.saved`)).mode & 0o777).toBe(0o600);
    await server.stop();
    const { code, complaint } = await startInVain({ ...settings, ADMIN_PASS: 'long enough for anybody' });
    expect([code, complaint.split('\n').length]).toEqual([1, 1]);
    expect(complaint).toContain(`${file} is missing, and this folder had one: put a backup, or ${file}.saved`);
    await rename(`${file}.saved`, file);
    const again = await startServer(settings);
    await expectWhole(busy, again);
    await again.stop();
  }, 60_000);

  it('saves what a deleted one held when its folder is made again', async () => {
    const busy = await busyServer();
    const { settings, server, file } = busy;
    await rm(settings.DATA_DIR, { recursive: true });
    await noticed(server, /Make the folder .*data again/);
    await mkdir(settings.DATA_DIR, { mode: 0o700 });
    await eventually(() => stat(`${file}.saved`), { timeoutMs: NOTICED_MS });
    await busy.server.api.ended(busy.goes);
    await server.stop();
    await rename(`${file}.saved`, file);
    const again = await startServer({ ...settings });
    expect(await again.api.ended(busy.goes)).toMatchObject({ status: 'succeeded' });
    await again.stop();
  }, 60_000);

  itSampled<[string, (file: string) => Promise<unknown>]>([
    ['garbage', (file) => writeFile(file, Buffer.alloc(300_000, 'garbage'), { flag: 'r+' })],
    ['nothing', (file) => truncate(file, 0)],
    ['half of itself', async (file) => truncate(file, 2048)],
    ['another database', (file) => copyFile(`${file}.another`, file)],
  ])(
    'says that it was overwritten by %s, and puts nothing of its own there',
    async (_, overwrite) => {
      const other = await freshDataDir();
      const another = await startServer(other);
      await another.api.createScript({ name: 'Another', script: `# ${'x'.repeat(100_000)}` });
      await another.stop();
      const busy = await busyServer();
      const { settings, server, file } = busy;
      await copyFile(join(other.DATA_DIR, 'runlet.db'), `${file}.another`);
      await overwrite(file);
      const put = await readFile(file);
      await expectLost(
        busy,
        'store.damaged',
        /was overwritten by another program while Runlet used it\. Stop Runlet, put a/,
      );
      await server.stop();
      expect((await readFile(file)).equals(put)).toBe(true);
      await rename(`${file}.saved`, file);
      const again = await startServer(settings);
      await expectWhole(busy, again);
      await again.stop();
    },
    60_000,
  );

  itSampled([[['-wal']], [['-shm']], [['-wal', '-shm']]])(
    'makes %j again, and loses nothing',
    async (names) => {
      const busy = await busyServer();
      const { settings, server, file } = busy;
      for (const name of names) await rm(`${file}${name}`);
      await noticed(server, /the WAL of .* was missing; it was made again, and nothing is lost/);
      for (const name of ['-wal', '-shm']) expect((await stat(`${file}${name}`)).isFile()).toBe(true);
      expect(await healthOf(server)).toEqual({ status: 'ok' });
      await server.api.createScript({ name: 'After', script: 'true' });
      await server.kill();
      const again = await startServer(settings);
      expect((await again.api.scripts()).map(({ name }) => name).sort()).toEqual(['After', 'Done', 'Goes', 'Waits']);
      expect(await again.api.runOf(busy.done.id)).toEqual(busy.done);
      await again.stop();
    },
    60_000,
  );

  itSampled<[string, string, (busy: Busy) => string, number]>([
    ['the database', 'store.missing', ({ file }) => file, 0o600],
    ['its folder', 'store.missing', ({ settings }) => settings.DATA_DIR, 0o700],
  ])(
    'says that it may not use %s any more, until it may',
    async (_, code, pathOf, mode) => {
      const busy = await busyServer(isRoot ? { user: NOBODY } : {});
      await chmod(pathOf(busy), 0);
      await expectLost(busy, code, /cannot be used any more: EACCES/);
      await chmod(pathOf(busy), mode);
      await expectOver(busy.server, code);
      await expectWhole(busy, busy.server);
      await busy.server.stop();
    },
    60_000,
  );
});

describe('A server whose log folder is lost while it runs', () => {
  afterAll(cleanUp);

  it.each<[string, (logs: string) => Promise<void>]>([
    ['deleted', (logs) => rm(logs, { recursive: true })],
    ['moved', (logs) => rename(logs, `${logs}.old`)],
  ])(
    'makes it again at once when it is %s: the next run keeps its log',
    async (_, lose) => {
      const settings = await freshDataDir();
      const server = await startServer(settings);
      const { api } = server;
      await api.runToEnd({ name: 'Before', script: 'echo before' });
      await lose(join(settings.DATA_DIR, 'logs'));
      const run = await api.runToEnd({ name: 'Next', script: 'echo next' });
      expect(run).toMatchObject({ status: 'succeeded' });
      expect(await api.log(run.id)).toBe('next\n');
      await server.stop();
    },
    30_000,
  );

  it('is made again also when no run asks for it', async () => {
    const settings = await freshDataDir();
    const server = await startServer(settings);
    await rm(join(settings.DATA_DIR, 'logs'), { recursive: true });
    await noticed(server, /the folder of the run logs, .*logs, was missing; it was made again/);
    await server.stop();
  }, 30_000);

  itSampled<[string, (logs: string) => Promise<void>, (logs: string) => Promise<void>, RegExp]>([
    [
      'is replaced by a file',
      async (logs) => {
        await rename(logs, `${logs}.old`);
        await writeFile(logs, '');
      },
      async (logs) => {
        await rm(logs);
        await rename(`${logs}.old`, logs);
      },
      /it is no folder/,
    ],
    ['may not be written', (logs) => chmod(logs, 0o500), (logs) => chmod(logs, 0o700), /EACCES/],
  ])(
    'says that it %s, until it is not',
    async (_, lose, putBack, what) => {
      const busy = await busyServer(isRoot ? { user: NOBODY } : {});
      const { server, done, goes, waits } = busy;
      const logs = join(busy.settings.DATA_DIR, 'logs');
      await lose(logs);
      await noticed(server, /"code":"logs\.unwritable"/);
      const [problem] = await problemsOf(server);
      expect(problem?.message).toMatch(what);
      const refused = await server.api.send('POST', `${SCRIPTS}/${done.scriptId}/run`);
      expect([refused.status, refused.body]).toEqual([503, { error: problem?.message, code: 'store.unavailable' }]);
      expect(await server.api.ended(goes)).toMatchObject({ status: 'succeeded', outputTail: 'begun\nover\n' });
      expect((await server.api.runOf(waits)).status).toBe('queued');
      await putBack(logs);
      await expectOver(server, 'logs.unwritable');
      await expectWhole(busy, server);
      await server.stop();
    },
    60_000,
  );
});

describe('A server that is started on a database that is lost', () => {
  afterAll(cleanUp);

  it.each<[string, (file: string) => Promise<unknown>, RegExp]>([
    ['is missing', (file) => rm(file), /runlet\.db is missing, and this folder had one: put a backup in its place/],
    ['is empty', (file) => truncate(file, 0), /runlet\.db is empty, and this folder had one/],
    ['is cut', async (file) => truncate(file, (await stat(file)).size / 2), /runlet\.db is damaged \(.*malformed/],
    [
      'is text',
      (file) => writeFile(file, 'hello\n'),
      /runlet\.db is not a SQLite database: .*put a backup in its place/,
    ],
    [
      'has a header of garbage',
      (file) => writeFile(file, Buffer.alloc(100, 'x'), { flag: 'r+' }),
      /runlet\.db is not a SQLite database/,
    ],
    [
      'has garbage in its midst',
      async (file) => {
        const bytes = await readFile(file);
        await writeFile(file, bytes.fill(0xa5, 4096 * 8, 4096 * 16));
      },
      /runlet\.db is damaged \(.*\): put a backup in its place, or what the \.recover command/,
    ],
  ])(
    'says in one line that it %s and what to do, and changes nothing',
    async (_, lose, what) => {
      const settings = await freshDataDir();
      const file = join(settings.DATA_DIR, 'runlet.db');
      const first = await startServer(settings);
      for (let n = 0; n < 8; n++) await first.api.createScript({ name: `S${n}`, script: `# ${'x'.repeat(20_000)}` });
      await first.api.runToEnd({ name: 'Ran', script: 'true' });
      await first.stop();
      await lose(file);
      const before = await readFile(file).catch(() => null);
      const { code, stdout, complaint } = await startInVain({ ...settings, ADMIN_PASS: 'long enough for anybody' });
      expect([code, stdout, complaint.split('\n').length]).toEqual([1, '', 1]);
      expect(complaint).toMatch(what);
      expect(await readFile(file).catch(() => null)).toEqual(before);
    },
    30_000,
  );

  it('begins anew in a fresh folder, in one that has empty logs, and in one that MongoDB was used with', async () => {
    const fresh = await freshDataDir();
    await (await startServer(fresh)).stop();
    const prepared = await freshDataDir();
    await mkdir(join(prepared.DATA_DIR, 'logs'), { recursive: true, mode: 0o700 });
    await writeFile(join(prepared.DATA_DIR, 'server-id'), '0123456789abcdef01234567\n');
    await (await startServer(prepared)).stop();
  }, 30_000);
});

await describeOnMongo('A server whose MongoDB loses something while it runs', (store) => {
  it('says so, refuses to start runs, and goes on by itself when it is back', async () => {
    const fresh = await store.fresh();
    const uri = String(fresh.MONGODB_URI);
    const settings = { ...fresh, LOG_LEVEL: 'info' };
    const server = await startServer(settings);
    const { scriptId } = await server.api.runToEnd({ name: 'Before', script: 'echo before' });
    await withDatabase(uri, (db) => db.renameCollection('script_definitions', 'elsewhere'));
    await noticed(server, /script_definitions is not in the MongoDB database/);
    expect(await healthOf(server)).toEqual({ status: 'unavailable', problems: ['store.missing'] });
    expect((await server.api.send('POST', SCRIPTS, { name: 'New', type: 'bash', script: 'true' })).status).toBe(503);
    await withDatabase(uri, (db) => db.renameCollection('elsewhere', 'script_definitions'));
    await expectOver(server, 'store.missing');
    await server.api.ended(await server.api.startRun(scriptId));
    await server.stop();
  }, 60_000);
});
