import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { eventually } from '../support/eventually.js';
import { withDatabase } from '../support/mongo/fresh-mongo-store.js';
import type { ApiClient } from './support/api-client.js';
import { describeOnMongo } from './support/each-store.js';
import { processesOfRun } from './support/processes.js';
import type { Environment } from './support/program.js';
import { cleanUp, freshDataDir, startInVain, startServer, type Server } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';
import type { ErrorJson } from './support/wire-types.js';

interface Held {
  readonly heldQueue: { readonly count: number; readonly since: string } | null;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

const system = async (api: ApiClient): Promise<Held> => (await api.get<Held>('/api/admin/system')).body;
const decide = (api: ApiClient, body: object) =>
  api.send<ErrorJson & { count: number }>('POST', '/api/admin/system/held-queue', body);
const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

/** One run that runs until `gate` is there, and two that wait behind it; each writes what it does to `journal`. */
const startRuns = async (api: ApiClient, folder: string) => {
  const script = (name: string, body: string) =>
    api.createScript({ name, script: `${body}; echo ${name} >> ${folder}/journal` });
  const open = await script('open', `echo ready; until [ -e ${folder}/gate ]; do sleep 0.05; done`);
  const first = await script('first', ':');
  const second = await script('second', ':');
  const running = await api.startRun(open.id);
  await api.printed(running, 'ready');
  return { running, first: await api.startRun(first.id), second: await api.startRun(second.id), script: first.id };
};

/** As docs/operations.md has it: the database in one consistent piece, the other files, the logs. */
const backUp = async (from: string): Promise<{ DATA_DIR: string }> => {
  const to = join(await temporaryFolder(), 'copy');
  await mkdir(to, { mode: 0o700 });
  const database = new Database(join(from, 'runlet.db'));
  database.exec(`VACUUM INTO '${to}/runlet.db'`);
  database.close();
  const isOwn = (file: string) => !/\/(runlet\.db|lock)[^/]*$/.test(file);
  await cp(from, to, { recursive: true, preserveTimestamps: true, filter: isOwn });
  return { DATA_DIR: to };
};

/** They come and go: the script sleeps in little steps. */
const expectProcesses = (runId: string): Promise<void> =>
  eventually(() => expect(processesOfRun(runId).length).toBeGreaterThan(0));

const ONE_AT_ONCE = { MAX_CONCURRENT_RUNS: '1' };

/** An original with runs, and a backup that was made meanwhile. */
const original = async () => {
  const folder = await temporaryFolder();
  const settings = { ...(await freshDataDir()), ...ONE_AT_ONCE };
  const server = await startServer(settings);
  const runs = await startRuns(server.api, folder);
  return { folder, settings, server, runs, copied: { ...(await backUp(settings.DATA_DIR)), ...ONE_AT_ONCE } };
};

describe('A server on a copy of DATA_DIR', () => {
  afterAll(cleanUp);

  it('leaves the scripts of the original alone, and executes nothing of what was queued', async () => {
    const { folder, server, runs, copied } = await original();
    const copy = await startServer({ ...copied, LOG_LEVEL: 'info' });
    expect(copy.startLine).toContain('; 2 runs were waiting when this data was copied or backed up');
    expect(copy.stderr()).toContain('"code":"queue.held"');
    expect(await copy.api.ended(runs.running)).toMatchObject({
      status: 'failed',
      meta: { reason: 'interrupted', leftovers: [] },
    });
    const { heldQueue, problems } = await system(copy.api);
    expect(heldQueue).toEqual({ count: 2, since: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(problems).toEqual([
      expect.objectContaining({ code: 'queue.held', message: expect.stringContaining('2 runs') }),
    ]);
    expect((await copy.api.get('/healthz')).status).toBe(200);
    expect(await copy.api.runToEnd({ script: 'echo new' })).toMatchObject({ status: 'succeeded' });

    await expectProcesses(runs.running);
    expect(await server.api.runOf(runs.running)).toMatchObject({ status: 'running' });
    await writeFile(join(folder, 'gate'), '');
    for (const id of [runs.running, runs.first, runs.second])
      expect(await server.api.ended(id)).toMatchObject({ status: 'succeeded' });
    expect(await textOf(join(folder, 'journal'))).toBe('open\nfirst\nsecond\n');
    for (const id of [runs.first, runs.second]) expect(await copy.api.runOf(id)).toMatchObject({ status: 'queued' });
    await copy.stop();
    await server.stop();
  }, 60_000);

  it('holds the queue over restarts, until an admin has it run: in order, once', async () => {
    const { folder, server, runs, copied } = await original();
    await server.kill();
    const first = await startServer(copied);
    const { heldQueue } = await system(first.api);
    await first.kill();
    const second = await startServer(copied);
    expect((await system(second.api)).heldQueue).toEqual(heldQueue);
    for (const body of [{}, { action: 'start' }, { action: 'run', all: true }])
      expect((await decide(second.api, body)).status).toBe(400);
    expect((await system(second.api)).heldQueue).toEqual(heldQueue);

    expect(await decide(second.api, { action: 'run' })).toMatchObject({ status: 200, body: { count: 2 } });
    for (const id of [runs.first, runs.second])
      expect(await second.api.ended(id)).toMatchObject({ status: 'succeeded' });
    expect(await textOf(join(folder, 'journal'))).toBe('first\nsecond\n');
    expect(await system(second.api)).toMatchObject({ heldQueue: null, problems: [] });
    const again = await decide(second.api, { action: 'run' });
    expect([again.status, again.body.code]).toEqual([409, 'queue.not-held']);
    const released = await second.api.audit('?action=scripts.release&outcome=success');
    expect(released.map(({ runId, entity, actor }) => [runId, entity?.name, actor.name])).toEqual([
      [runs.second, 'second', 'admin'],
      [runs.first, 'first', 'admin'],
    ]);
    expect(await second.api.audit(`?action=scripts.run&entityId=${runs.script}`)).toHaveLength(1);
    await second.stop();
    const third = await startServer(copied);
    expect(third.startLine).not.toContain('waiting');
    expect(await system(third.api)).toMatchObject({ heldQueue: null });
    expect(await textOf(join(folder, 'journal'))).toBe('first\nsecond\n');
    await third.stop();
  }, 60_000);

  it('cancels what is held: a single run, and then all', async () => {
    const { folder, server, runs, copied } = await original();
    const copy = await startServer(copied);
    expect((await copy.api.cancel(runs.first)).status).toBe(202);
    expect((await system(copy.api)).heldQueue).toMatchObject({ count: 1 });
    expect((await system(copy.api)).problems).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/^1 run was/) }),
    ]);
    expect(await decide(copy.api, { action: 'cancel' })).toMatchObject({ status: 200, body: { count: 1 } });
    for (const id of [runs.first, runs.second]) {
      expect(await copy.api.runOf(id)).toMatchObject({
        status: 'canceled',
        startedAt: null,
        meta: { reason: 'canceled', cancel: { by: { name: 'admin' } } },
      });
      expect((await copy.api.events(id)).at(-1)).toMatchObject({ type: 'done', status: 'canceled' });
    }
    const canceled = await copy.api.audit('?action=scripts.cancel');
    expect(canceled.map(({ runId }) => runId)).toEqual([runs.second, runs.first]);
    expect(await system(copy.api)).toMatchObject({ heldQueue: null, problems: [] });
    await copy.stop();
    await writeFile(join(folder, 'gate'), '');
    for (const id of [runs.first, runs.second]) await server.api.ended(id);
    expect(await textOf(join(folder, 'journal'))).toBe('open\nfirst\nsecond\n');
    await server.stop();
  }, 60_000);

  it('says nothing once the last held run is gone by itself', async () => {
    const { server, runs, copied } = await original();
    await server.kill();
    const copy = await startServer(copied);
    for (const id of [runs.first, runs.second]) await copy.api.cancel(id);
    expect(await system(copy.api)).toMatchObject({ heldQueue: null, problems: [] });
    await copy.stop();
  }, 60_000);

  it('spares the scripts of an original that has stopped answering', async () => {
    const { server, runs, copied } = await original();
    server.signal('SIGSTOP');
    const copy = await startServer(copied);
    expect(await copy.api.ended(runs.running)).toMatchObject({ meta: { reason: 'interrupted', leftovers: [] } });
    await expectProcesses(runs.running);
    await copy.stop();
    server.signal('SIGCONT');
    expect(await server.api.runOf(runs.running)).toMatchObject({ status: 'running' });
    await server.stop();
  }, 60_000);

  it('ends, as a restored backup, the scripts of a server that was killed', async () => {
    const { server, settings, runs, copied } = await original();
    await server.kill();
    await expectProcesses(runs.running);
    await rm(settings.DATA_DIR, { recursive: true });
    await rename(copied.DATA_DIR, settings.DATA_DIR);
    const restored = await startServer(settings);
    const { meta } = await restored.api.ended(runs.running);
    expect(meta).toMatchObject({ reason: 'interrupted' });
    expect(meta.leftovers.length).toBeGreaterThan(0);
    expect(processesOfRun(runs.running)).toEqual([]);
    expect((await system(restored.api)).heldQueue).toMatchObject({ count: 2 });
    await restored.stop();
  }, 60_000);

  it('that is only its database and logs, in a folder of another server id, does as much', async () => {
    const { server, runs, copied } = await original();
    for (const file of ['server-id', 'instance.json']) await rm(join(copied.DATA_DIR, file));
    const copy = await startServer({ ...copied, LEASE_MS: '4000' });
    expect((await system(copy.api)).heldQueue).toMatchObject({ count: 2 });
    expect(await copy.api.ended(runs.running)).toMatchObject({ meta: { reason: 'interrupted' } });
    await expectProcesses(runs.running);
    expect(await server.api.runOf(runs.running)).toMatchObject({ status: 'running' });
    await copy.stop();
    await server.stop();
  }, 60_000);

  it('is not seen in a folder that was moved, with what a killed server left in it', async () => {
    const { folder, server, settings, runs } = await original();
    await server.kill();
    const moved = { ...settings, DATA_DIR: `${settings.DATA_DIR}-moved` };
    await rename(settings.DATA_DIR, moved.DATA_DIR);
    const second = await startServer(moved);
    expect(await system(second.api)).toMatchObject({ heldQueue: null, problems: [] });
    for (const id of [runs.first, runs.second])
      expect(await second.api.ended(id)).toMatchObject({ status: 'succeeded' });
    expect(await textOf(join(folder, 'journal'))).toBe('first\nsecond\n');
    await second.stop();
  }, 60_000);

  it('does not start on an instance.json that is not as Runlet writes it, and says so in one line', async () => {
    const settings = await freshDataDir();
    await (await startServer(settings)).stop();
    const file = join(settings.DATA_DIR, 'instance.json');
    await writeFile(file, '{"serverId":1}');
    const { code, complaint } = await startInVain(settings);
    expect([code, complaint.split('\n')]).toEqual([1, [expect.stringContaining(`DATA_DIR: ${file} is not as Runlet`)]]);
    await rm(file);
    await (await startServer(settings)).stop();
  }, 30_000);
});

await describeOnMongo('A copy beside a MongoDB', (store) => {
  const start = (settings: Environment): Promise<Server> =>
    startServer({ ...settings, ...ONE_AT_ONCE, LEASE_MS: '4000' });
  const copyDataDir = async ({ DATA_DIR = '', ...settings }: Environment): Promise<Environment> => {
    const copy = join(await temporaryFolder(), 'copy');
    await cp(DATA_DIR, copy, { recursive: true, preserveTimestamps: true });
    return { ...settings, DATA_DIR: copy };
  };

  it('of a DATA_DIR never acts as the original: it leaves to it what runs and what waits', async () => {
    const folder = await temporaryFolder();
    const settings = await store.fresh();
    const server = await start(settings);
    const runs = await startRuns(server.api, folder);
    const copy = await start(await copyDataDir(settings));
    expect(copy.startLine).toContain('; 2 runs were waiting for the server whose DATA_DIR was copied');
    expect((await system(copy.api)).heldQueue).toMatchObject({ count: 2 });
    const later = await server.api.startRun(runs.script);
    expect((await system(copy.api)).heldQueue).toMatchObject({ count: 2 });
    expect(await copy.api.runToEnd({ script: 'echo own' })).toMatchObject({ status: 'succeeded' });
    expect(await server.api.runOf(runs.running)).toMatchObject({ status: 'running' });
    await copy.kill();
    const again = await start({ ...(await copyDataDir(settings)) });
    expect((await system(again.api)).heldQueue).toMatchObject({ count: 3 });

    await writeFile(join(folder, 'gate'), '');
    for (const id of [runs.running, runs.first, runs.second, later])
      expect(await server.api.ended(id)).toMatchObject({ status: 'succeeded' });
    expect((await textOf(join(folder, 'journal'))).split('\n').sort()).toEqual([
      '',
      'first',
      'first',
      'open',
      'second',
    ]);
    expect(await system(again.api)).toMatchObject({ heldQueue: null, problems: [] });
    await again.stop();
    await server.stop();
  }, 60_000);

  it('of a DATA_DIR whose server is gone takes over what waits, when an admin says so', async () => {
    const folder = await temporaryFolder();
    const settings = await store.fresh();
    const server = await start(settings);
    const runs = await startRuns(server.api, folder);
    const copied = await copyDataDir(settings);
    await server.kill();
    const restored = await start(copied);
    expect(await restored.api.ended(runs.running, 30_000)).toMatchObject({
      status: 'failed',
      meta: { reason: 'interrupted' },
    });
    await eventually(() => expect(processesOfRun(runs.running)).toEqual([])); // they are looked for after the end is stored
    expect(await textOf(join(folder, 'journal'))).toBe('');
    await restored.kill();
    const again = await start(copied);
    expect(await decide(again.api, { action: 'run' })).toMatchObject({ status: 200, body: { count: 2 } });
    for (const id of [runs.first, runs.second])
      expect(await again.api.ended(id)).toMatchObject({ status: 'succeeded' });
    expect(await textOf(join(folder, 'journal'))).toBe('first\nsecond\n');
    await again.stop();
  }, 60_000);

  it('that was restored is held as well, once server-id is deleted', async () => {
    const folder = await temporaryFolder();
    const settings = await store.fresh();
    const server = await start(settings);
    const runs = await startRuns(server.api, folder);
    await server.kill();
    await rm(join(settings.DATA_DIR ?? '', 'server-id'));
    const restored = await start(settings);
    expect((await system(restored.api)).heldQueue).toMatchObject({ count: 2 });
    expect(await decide(restored.api, { action: 'cancel' })).toMatchObject({ status: 200, body: { count: 2 } });
    for (const id of [runs.first, runs.second])
      expect(await restored.api.runOf(id)).toMatchObject({ status: 'canceled', startedAt: null });
    expect(await textOf(join(folder, 'journal'))).toBe('');
    await restored.stop();
  }, 60_000);

  it('of the database ends no script of a server that lives, though nobody renews the lease there', async () => {
    const folder = await temporaryFolder();
    const settings = await store.fresh();
    const server = await start(settings);
    const runs = await startRuns(server.api, folder);
    const copied = await store.fresh();
    await withDatabase(settings.MONGODB_URI ?? '', (from) =>
      withDatabase(copied.MONGODB_URI ?? '', async (to) => {
        for (const name of ['script_definitions', 'script_revisions', 'script_runs', 'script_run_logs'])
          await to.collection(name).insertMany(await from.collection(name).find().toArray());
      }),
    );
    const copy = await start(copied);
    expect(await copy.api.ended(runs.running, 30_000)).toMatchObject({ meta: { reason: 'interrupted' } });
    await expectProcesses(runs.running);
    await writeFile(join(folder, 'gate'), '');
    expect(await server.api.ended(runs.running)).toMatchObject({ status: 'succeeded' });
    await copy.stop();
    await server.stop();
  }, 60_000);
});
