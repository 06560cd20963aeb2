import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashPassword } from '../../src/adapters/http/password-hash.js';
import { eventually } from '../support/eventually.js';
import { type ApiClient, basic, RUNS, SCRIPTS } from './support/api-client.js';
import { plainEnvironment, runProgram } from './support/program.js';
import { cleanUp, freshDataDir, PASSWORD, PROJECT, type Server, startInVain, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';
import type { ErrorJson } from './support/wire-types.js';

afterAll(cleanUp);

const untilEnd = async (frames: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of frames);
};

const fileWith = async (text: string): Promise<string> => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, text, { mode: 0o600 });
  return file;
};

describe('At the door', () => {
  let server: Server;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startServer(await freshDataDir());
    api = server.api;
  }, 30_000);

  it.each([
    ['GET', SCRIPTS],
    ['POST', SCRIPTS],
    ['GET', RUNS],
    ['GET', `${RUNS}/stream`],
    ['GET', '/api/admin/audit'],
    ['GET', '/api/admin/system'],
    ['GET', '/api/admin/openapi.json'],
    ['GET', '/api/admin/nowhere'],
    ['GET', '/admin/scripts'],
  ])('%s %s asks who it is', async (method, path) => {
    const answer = await api.as(null).send<ErrorJson>(method, path);
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth.required', error: expect.any(String) } });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="[^"]+"/);
  });

  it('/healthz answers everybody, and nothing but how it is', async () => {
    expect(await api.as(null).get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'http://127.0.0.1:1' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('another site (%j) starts, changes and deletes nothing, and the trail tells', async (headers) => {
    const script = await api.createScript({ name: 'Not for others', script: 'true' });
    const path = `${SCRIPTS}/${script.id}`;
    for (const [method, url, json, action] of [
      ['POST', `${path}/run`, undefined, 'scripts.run'],
      ['PUT', path, { script: 'echo evil' }, 'scripts.update'],
      ['DELETE', path, undefined, 'scripts.delete'],
    ] as const) {
      const answer = await api.send<ErrorJson>(method, url, json, headers);
      expect(answer).toMatchObject({ status: 403, body: { code: 'request.cross-site' } });
      expect((await api.audit(`?entityId=${script.id}&action=${action}`))[0]).toMatchObject({
        outcome: 'denied',
        code: 'request.cross-site',
      });
    }
    expect((await api.runs(`?scriptId=${script.id}`)).items).toEqual([]);
    expect(await api.script(script.id)).toEqual(script);
  });

  it.each([[{ 'sec-fetch-site': 'same-origin' }], [{ 'sec-fetch-site': 'none' }], ['own origin'], [{}]])(
    'its own page and programs (%j) may',
    async (given) => {
      const headers = typeof given === 'string' ? { origin: server.url } : given;
      const { id } = await api.createScript({ script: 'true' });
      expect((await api.send('POST', `${SCRIPTS}/${id}/run`, undefined, { ...headers })).status).toBe(202);
    },
  );

  it('answers with headers that tie a browser’s hands', async () => {
    const { headers } = await api.get(SCRIPTS);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('lets somebody who guesses wait, and nobody else', async () => {
    const guarded = await startServer(await freshDataDir());
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) {
      statuses.push((await guarded.api.as({ user: 'admin', password: `guess ${i}` }).get(SCRIPTS)).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(10).fill(429)]);
    const blocked = await guarded.api.get<ErrorJson>(SCRIPTS);
    expect(blocked).toMatchObject({ status: 429, body: { code: 'auth.throttled' } });
    const retryAfter = Number(blocked.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(await statusFrom('127.0.0.2', `${guarded.url}${SCRIPTS}`)).toBe(200);
    expect((await guarded.api.as(null).get('/healthz')).status).toBe(200);
    const trail = await textFrom('127.0.0.2', `${guarded.url}/api/admin/audit?action=auth.failure`);
    const items = (JSON.parse(trail) as { items: { count: number; address: string; outcome: string }[] }).items;
    expect(items.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(10);
    expect(items.length).toBeLessThanOrEqual(2); // one a minute
    expect(new Set(items.map(({ address }) => address))).toEqual(new Set(['127.0.0.1']));
    expect(trail + guarded.stderr() + guarded.stdout()).not.toContain('guess');
    await guarded.stop();
  }, 30_000);
});

describe('Admins', () => {
  it('have the password that ADMIN_PASS_FILE holds', async () => {
    const ADMIN_PASS_FILE = await fileWith('from a file ✓\n');
    const server = await startServer({
      ...(await freshDataDir()),
      ADMIN_PASS: undefined,
      ADMIN_PASS_FILE,
      ADMIN_USER: 'root of all',
    });
    expect((await server.api.as({ user: 'root of all', password: 'from a file ✓' }).get(SCRIPTS)).status).toBe(200);
    expect((await server.api.as({ user: 'root of all', password: 'from a file' }).get(SCRIPTS)).status).toBe(401);
    await server.stop();
  }, 30_000);

  it('get a password at the first start; later starts name its file only', async () => {
    const settings = { ...(await freshDataDir()), ADMIN_PASS: undefined };
    const first = await startServer(settings);
    const [, password = '', file] = /password (\S+) \(kept in (.+)\)\)$/.exec(first.startLine) ?? [];
    expect(password.length).toBeGreaterThanOrEqual(20);
    expect((await first.api.as({ user: 'admin', password }).get(SCRIPTS)).status).toBe(200);
    await first.stop();
    const second = await startServer(settings);
    expect(second.startLine).toContain(`password in ${file ?? '?'}`);
    expect(second.stdout() + second.stderr()).not.toContain(password);
    expect((await second.api.as({ user: 'admin', password }).get(SCRIPTS)).status).toBe(200);
    await second.stop();
  }, 30_000);

  it('of ADMIN_USERS_FILE, hashed by npm run hash-password, are told apart in the trail', async () => {
    const hash = (password: string) =>
      runProgram('npm', ['run', '-s', 'hash-password'], {
        cwd: PROJECT,
        env: plainEnvironment(),
        input: `${password}\n`,
      });
    const [ada, bob] = [await hash('adas password'), await hash('bobs password')];
    expect([ada.code, bob.code]).toEqual([0, 0]);
    const ADMIN_USERS_FILE = await fileWith(`# people\nada:${ada.stdout.trim()}\n\nbob:${bob.stdout.trim()}\n`);
    const server = await startServer({ ...(await freshDataDir()), ADMIN_USERS_FILE });
    const [asAda, asBob] = ['ada', 'bob'].map((user) => server.api.as({ user, password: `${user}s password` }));
    const { id } = (await asAda?.createScript({ script: 'true' })) ?? { id: '' };
    await asBob?.editScript(id, { script: 'false' });
    const trail = await server.api.audit(`?entityId=${id}`);
    expect(trail.map(({ action, actor }) => [action, actor.name])).toEqual([
      ['scripts.update', 'bob'],
      ['scripts.create', 'ada'],
    ]);
    expect((await server.api.as({ user: 'ada', password: 'bobs password' }).get(SCRIPTS)).status).toBe(401);
    await server.stop();
  }, 30_000);
});

describe('An admin who is taken out of ADMIN_USERS_FILE', () => {
  it('loses access at SIGHUP or within seconds: requests, passwords that were right before, open streams', async () => {
    const lines = await Promise.all(['ada', 'bob', 'eve'].map(async (name) => `${name}:${await hashPassword(name)}`));
    const ADMIN_USERS_FILE = await fileWith(`${lines.join('\n')}\n`);
    const server = await startServer({ ...(await freshDataDir()), ADMIN_PASS: undefined, ADMIN_USERS_FILE });
    const [ada, bob, eve] = ['ada', 'bob', 'eve'].map((user) => server.api.as({ user, password: user }));
    if (!ada || !bob || !eve) throw new Error('there are three');
    const runId = await bob.run({ script: 'while sleep 0.1; do echo on; done' });
    await bob.inStatus(runId, 'running');
    const ofBob = await Promise.all([bob.openStream(`${RUNS}/${runId}/stream`), bob.openStream(`${RUNS}/stream`)]);
    const ofAda = await ada.openStream(`${RUNS}/${runId}/stream`);
    await ofAda.frames.next();

    await writeFile(ADMIN_USERS_FILE, lines.filter((line) => !line.startsWith('bob')).join('\n'));
    server.signal('SIGHUP');
    await Promise.all(ofBob.map(({ frames }) => untilEnd(frames)));
    expect((await bob.get(SCRIPTS)).status).toBe(401);
    for (let i = 0; i < 20; i++) expect((await ofAda.frames.next()).done).toBe(false);
    expect((await ada.runOf(runId)).status).toBe('running');

    expect((await eve.get(SCRIPTS)).status).toBe(200);
    await writeFile(ADMIN_USERS_FILE, lines.filter((line) => line.startsWith('ada')).join('\n'));
    await eventually(async () => expect((await eve.get(SCRIPTS)).status).toBe(401), { timeoutMs: 20_000 });

    await writeFile(ADMIN_USERS_FILE, 'ada:hunter2\n');
    server.signal('SIGHUP');
    await eventually(() => expect(server.stderr()).toContain('cannot be used as it is now'));
    expect((await ada.get(SCRIPTS)).status).toBe(200);
    expect(server.stderr()).not.toContain('hunter2');
    ofAda.leave();
    expect((await server.stop()).code).toBe(0);
  }, 60_000);
});

describe('SIGHUP without ADMIN_USERS_FILE', () => {
  it('stops the server in order', async () => {
    const settings = { ...(await freshDataDir()), SHUTDOWN_GRACE_MS: '0' };
    const server = await startServer(settings);
    const runId = await server.api.run({ script: 'sleep 60' });
    await server.api.inStatus(runId, 'running');
    server.signal('SIGHUP');
    expect((await server.exited).code).toBe(0);
    const next = await startServer(settings);
    expect(await next.api.runOf(runId)).toMatchObject({ status: 'canceled', meta: { reason: 'shutdown' } });
    await next.stop();
  }, 30_000);
});

describe('A start with a bad setting', () => {
  it.each([
    ['PORT', { PORT: 'abc' }],
    ['PORT', { PORT: '70000' }],
    ['HOST', { HOST: '192.0.2.1', PUBLIC_URL: 'https://runlet.example' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
    ['MAX_CONCURRENT_RUNS', { MAX_CONCURRENT_RUNS: '0' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'runlet.example' }],
    ['RUN_AS', { RUN_AS: 'nobody-of-that-name' }],
    ['ADMIN_PASS', { HOST: '0.0.0.0', PUBLIC_URL: 'https://runlet.example', ADMIN_PASS: 'hunter2' }],
    ['ADMIN_PASS_FILE', { ADMIN_PASS: undefined, ADMIN_PASS_FILE: '/nonexistent' }],
    ['ADMIN_USERS_FILE', { ADMIN_USERS_FILE: '/nonexistent' }],
    ['DATA_DIR', { DATA_DIR: '/dev/null/data' }],
    ['DATA_DIR', { DATA_DIR: '/proc/data/runlet' }],
    ['MONGODB_URI', { MONGODB_URI: 'postgres://admin:hunter2@127.0.0.1/runlet' }],
    ['MONGODB_URI', { MONGODB_URI: 'mongodb://admin:hunter2@127.0.0.1:99999/runlet' }],
    ['MONGODB_URI', { MONGODB_URI: 'mongodb://admin:hunter2@127.0.0.1:1/runlet' }],
  ])(
    '%s: one line that names it, no secret in it: %j',
    async (name, settings) => {
      const { code, complaint, stdout, stderr } = await startInVain({
        ADMIN_PASS: PASSWORD,
        ...(await freshDataDir()),
        ...settings,
      });
      expect(code).toBe(1);
      expect(complaint.split('\n')).toEqual([expect.stringContaining(name)]);
      expect(stdout).toBe('');
      expect(stderr).not.toMatch(/hunter2|correct horse/);
    },
    60_000,
  );

  it('names the users file’s line, and not what stands in it', async () => {
    const ADMIN_USERS_FILE = await fileWith('ada:hunter2\n');
    const { code, complaint } = await startInVain({ ...(await freshDataDir()), ADMIN_USERS_FILE });
    expect(code).toBe(1);
    expect(complaint).toMatch(/^ADMIN_USERS_FILE: .*line 1[^\n]*$/);
    expect(complaint).not.toContain('hunter2');
  }, 30_000);
});

/** Asks with the right password from another address of this machine. */
const textFrom = (localAddress: string, url: string): Promise<string> =>
  askFrom(localAddress, url).then(({ text }) => text);
const statusFrom = (localAddress: string, url: string): Promise<number> =>
  askFrom(localAddress, url).then(({ status }) => status);

const askFrom = (localAddress: string, url: string): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { localAddress, headers: { authorization: basic('admin', PASSWORD) } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.once('error', reject).end();
  });
