import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { eventually } from '../support/eventually.js';
import { describeSampled } from '../support/sample.js';
import { type ApiClient, SCRIPTS } from './support/api-client.js';
import {
  PROJECT,
  cleanUp,
  freshDataDir,
  PASSWORD,
  type Server,
  serverOf,
  startInVain,
  startServer,
} from './support/server.js';
import { openFiles } from './support/processes.js';
import { startProgram } from './support/program.js';

/** How long a write waits before it is refused. */
const PATIENCE_MS = 15_000;
/** What each write kept the whole server waiting for, when SQLite waited for the lock. */
const BLOCKED_MS = 1000;

afterAll(cleanUp);

/** Another program that holds the database of a server. */
const hold = (dataDir: string, how: string): { release(): void } => {
  const other = new Libsql(join(dataDir, 'runlet.db'));
  other.exec(how);
  return { release: () => other.close() };
};

/** How long, at most, `/healthz` took and the viewer of a run that prints all the time saw nothing, until `until` resolves. */
const watch = async (api: ApiClient, runId: string, until: Promise<unknown>) => {
  let over = false;
  void until.finally(() => (over = true));
  let health = 0;
  let silence = 0;
  const asking = async (): Promise<void> => {
    while (!over) {
      const asked = performance.now();
      expect((await api.get('/healthz')).status).toBe(200);
      health = Math.max(health, performance.now() - asked);
      await after(20);
    }
  };
  const viewing = async (): Promise<void> => {
    let last = performance.now();
    for await (const _ of api.follow(runId)) {
      silence = Math.max(silence, performance.now() - last);
      last = performance.now();
      if (over) return;
    }
  };
  await Promise.all([asking(), viewing(), until]);
  return { health, silence };
};

describeSampled([['BEGIN IMMEDIATE'], ['BEGIN EXCLUSIVE']])('A database that another program holds by %s', (how) => {
  let server: Server;
  let dataDir: { DATA_DIR: string };

  beforeAll(async () => {
    dataDir = await freshDataDir();
    server = await startServer({ ...dataDir, LOG_LEVEL: 'info' });
  }, 30_000);

  it('keeps writes waiting, for 15 s at most, and nothing else', async () => {
    const { api } = server;
    const { id } = await api.createScript({ name: 'Quick', script: 'echo quick' });
    const steady = await api.run({ name: 'Steady', script: 'while sleep 0.05; do echo line; done' });
    const ends = await api.run({ name: 'Ends', script: 'echo begun; sleep 3; exit 3' });
    await api.printed(ends, 'begun');
    const usual = await watch(api, steady, after(2000));

    const holder = hold(dataDir.DATA_DIR, how);
    const began = performance.now();
    const start = () => api.send<{ runId: string; code: string }>('POST', `${SCRIPTS}/${id}/run`);
    const refused = Promise.all([start(), start(), start()]);
    const late = after(5000).then(start);
    const held = await watch(api, steady, refused);
    expect(performance.now() - began).toBeGreaterThan(PATIENCE_MS);
    for (const answer of await refused) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'store.unavailable' } });
      expect(answer.body).toMatchObject({ error: expect.stringContaining('another program holds the database') });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await api.runOf(ends)).status).toBe('running'); // its end waits too
    expect((await api.runs()).items).toHaveLength(2);
    holder.release();

    const { status, body } = await late;
    expect(status).toBe(202);
    expect(await api.ended(body.runId)).toMatchObject({ status: 'succeeded' });
    expect(await api.ended(ends)).toMatchObject({ status: 'failed', exitCode: 3 });
    expect((await api.events(ends)).at(-1)).toMatchObject({ type: 'done', status: 'failed', exitCode: 3 });
    expect(await api.audit('?action=scripts.run')).toHaveLength(3);
    expect((await api.cancel(steady)).status).toBe(202);
    expect(await api.ended(steady)).toMatchObject({ status: 'canceled' });
    const lines = `${server.stdout()}${server.stderr()}`;
    expect(lines.split('another program holds the database: reading goes on')).toHaveLength(2);
    expect(lines.split('the database is free again')).toHaveLength(2);
    expect(held.health).toBeLessThan(usual.health + BLOCKED_MS / 2);
    expect(held.silence).toBeLessThan(usual.silence + BLOCKED_MS / 2);
  }, 60_000);

  it('does not keep a server from its end', async () => {
    const holder = hold(dataDir.DATA_DIR, how);
    const began = performance.now();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(PATIENCE_MS);
    holder.release();
  }, 30_000);
});

describe('A server that starts on a database that another program keeps to itself', () => {
  let dataDir: { DATA_DIR: string };
  const KEEP =
    'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS theirs (id INTEGER); COMMIT';

  beforeAll(async () => {
    dataDir = await freshDataDir();
    await (await startServer(dataDir)).stop();
  }, 30_000);

  const start = () =>
    startProgram(process.execPath, [`${PROJECT}dist/main.js`], {
      env: { ...process.env, ...dataDir, PORT: '0', ADMIN_PASS: PASSWORD, LOG_LEVEL: 'fatal' },
    });
  const isOpening = ({ pid }: { pid: number }) =>
    eventually(() => expect(execFileSync('ls', ['-l', `/proc/${pid}/fd`]).toString()).toContain('lock'));

  it('is ready as soon as it is let go, and ends at a signal before that', async () => {
    const holder = hold(dataDir.DATA_DIR, KEEP);
    const impatient = start();
    await isOpening(impatient);
    impatient.signal('SIGTERM');
    expect(await impatient.exited).toMatchObject({ signal: 'SIGTERM' });
    const waiting = start();
    await isOpening(waiting);
    const before = openFiles(waiting.pid);
    await after(1000);
    expect(openFiles(waiting.pid)).toBeLessThan(before + 10);
    expect(waiting.stdout()).toBe('');
    holder.release();
    const server = await serverOf(waiting);
    expect(await server.api.runToEnd({ script: 'echo there' })).toMatchObject({ outputTail: 'there\n' });
    await server.stop();
  }, 60_000);

  it('says in one line which file it is and what to do, when it is not let go', async () => {
    const holder = hold(dataDir.DATA_DIR, KEEP);
    const { code, complaint, stdout } = await startInVain({ ...dataDir, ADMIN_PASS: PASSWORD });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(complaint).toBe(
      `${dataDir.DATA_DIR}/runlet.db is held by another program (SQLITE_BUSY: database is locked): ` +
        'end what uses it (fuser names it), and start again',
    );
    holder.release();
    await rm(dataDir.DATA_DIR, { recursive: true });
  }, 60_000);
});
