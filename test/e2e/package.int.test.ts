import { mkdir, readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { ApiClient } from './support/api-client.js';
import { type Environment, plainEnvironment, type Program, runProgram, startProgram } from './support/program.js';
import { processesWithVariable } from './support/processes.js';
import { cleanUp, freshDataDir, PASSWORD, PROJECT, serverOf } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

describe('The package, installed from its tarball in an empty project', () => {
  let project: string;

  beforeAll(async () => {
    project = await temporaryFolder();
    // Without scripts: the build that packing starts would take dist/ from under the other tests.
    const packed = await ok('npm', ['pack', '--ignore-scripts', '--pack-destination', project], PROJECT);
    const tarball = packed.trim().split('\n').at(-1) ?? '';
    await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
    await ok('npm', ['install', `./${tarball}`, '--prefer-offline', '--no-audit', '--no-fund'], project);
  }, 180_000);
  afterAll(cleanUp);

  const settings = async (): Promise<Environment & { DATA_DIR: string }> => ({
    ...plainEnvironment(),
    PORT: '0',
    ADMIN_PASS: PASSWORD,
    LOG_LEVEL: 'warn',
    ...(await freshDataDir()),
  });

  it('serves with one command', async () => {
    const env = await settings();
    const server = await serverOf(startProgram('npx', ['runlet'], { cwd: project, env }));
    expect((await server.api.as(null).get('/healthz')).status).toBe(200);
    const page = await server.api.get<string>('/admin/scripts');
    const asset = /src="\.\/(scripts\/assets\/[^"]+\.js)"/.exec(page.body)?.[1] ?? 'none';
    expect(await server.api.get(`/admin/${asset}`)).toMatchObject({ status: 200 });
    expect(await server.api.runToEnd({ script: 'echo from the package' })).toMatchObject({
      outputTail: 'from the package\n',
    });
    expect(await server.api.runToEnd({ type: 'node', script: 'console.log(1 + 1)' })).toMatchObject({
      outputTail: '2\n',
    });
    expect(await server.api.runToEnd({ type: 'node', runner: 'vm2', script: '1 + 1' })).toMatchObject({
      meta: { result: 2 },
    });
    server.signal('SIGTERM'); // to npx alone, which passes it on to no more than the shell that it starts
    await server.exited;
    await eventually(() => expect(processesWithVariable('DATA_DIR', env.DATA_DIR)).toEqual([]));
  }, 60_000);

  it('is a module: mounted under a prefix in an application that knows its users', async () => {
    await writeFile(
      join(project, 'embed.js'),
      `import { createServer } from 'node:http';
      import { createRunlet } from 'runlet';
      const authenticate = async ({ headers }) => headers['x-user'] ? { type: 'user', name: headers['x-user'] } : null;
      const runlet = createRunlet({ DATA_DIR: process.env.DATA_DIR }, { prefix: '/ops', authenticate });
      await runlet.start();
      const handle = runlet.callback();
      const server = createServer((req, res) => (req.url.startsWith('/ops/') ? handle(req, res) : res.end('the application')));
      server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));
      process.once('SIGTERM', async () => { await runlet.stop(); server.close(); server.closeAllConnections(); });`,
    );
    const program = startProgram('node', ['embed.js'], { cwd: project, env: await settings() });
    const url = await listening(program);
    const asEve = { 'x-user': 'eve' };
    const api = new ApiClient(`${url}/ops`, null);
    expect(await new ApiClient(url, null).get('/elsewhere')).toMatchObject({ body: 'the application' });
    expect((await api.get('/api/admin/scripts')).status).toBe(401);
    const created = await api.send<{ item: { id: string } }>(
      'POST',
      '/api/admin/scripts',
      { name: 'Embedded', type: 'bash', script: 'echo hi' },
      asEve,
    );
    expect(created.status).toBe(201);
    const started = await api.send<{ runId: string }>(
      'POST',
      `/api/admin/scripts/${created.body.item.id}/run`,
      undefined,
      asEve,
    );
    const stream = await api.openStream(`/api/admin/scripts/runs/${started.body.runId}/stream`, asEve);
    const events = [];
    for await (const { event } of stream.frames) if (event !== null) events.push(event);
    expect(events).toEqual(['status', 'status', 'log', 'status', 'done']);
    const run = await api.send('GET', `/api/admin/scripts/runs/${started.body.runId}`, undefined, asEve);
    expect(run.body).toMatchObject({ item: { outputTail: 'hi\n', meta: { actor: { type: 'user', name: 'eve' } } } });
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  }, 60_000);

  it('gives those who embed it a store in memory and a clock that stands', async () => {
    await writeFile(
      join(project, 'test-of-theirs.js'),
      `import assert from 'node:assert/strict';
      import { createServer } from 'node:http';
      import { createRunlet } from 'runlet';
      import { openMemoryStore, fixedClock } from 'runlet/testing';
      const clock = fixedClock(new Date('2030-01-02T03:04:05.678Z'));
      const authenticate = async () => ({ type: 'user', name: 'tester' });
      const runlet = createRunlet({ LOG_LEVEL: 'silent' }, { store: await openMemoryStore(), clock, authenticate });
      await runlet.start();
      const server = createServer(runlet.callback()).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const scripts = 'http://127.0.0.1:' + server.address().port + '/api/admin/scripts';
      const body = JSON.stringify({ name: 'In memory', type: 'bash', script: 'echo kept nowhere' });
      const created = await (await fetch(scripts, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).json();
      assert.equal(created.item.createdAt, '2030-01-02T03:04:05.678Z');
      const { runId } = await (await fetch(scripts + '/' + created.item.id + '/run', { method: 'POST' })).json();
      const events = await (await fetch(scripts + '/runs/' + runId + '/stream')).text();
      assert.match(events, /event: done\\ndata: .*"status":"succeeded"/);
      const { item } = await (await fetch(scripts + '/runs/' + runId)).json();
      assert.equal(item.outputTail, 'kept nowhere\\n');
      await runlet.stop();
      server.close();
      server.closeAllConnections();
      console.log('all is well');`,
    );
    const ended = await runProgram('node', ['test-of-theirs.js'], { cwd: project, env: plainEnvironment() });
    expect(ended).toMatchObject({ code: 0, stdout: 'all is well\n', stderr: '' });
  }, 60_000);

  it('has types', async () => {
    await mkdir(join(project, 'node_modules/@types'), { recursive: true });
    await symlink(join(PROJECT, 'node_modules/@types/node'), join(project, 'node_modules/@types/node')).catch(
      ignoreThere,
    );
    await writeFile(
      join(project, 'embed.ts'),
      `import { createServer } from 'node:http';
      import { type Authenticate, createRunlet, type Runlet, type Store } from 'runlet';
      import { fixedClock, openMemoryStore } from 'runlet/testing';
      const authenticate: Authenticate = async ({ headers }) => ({ type: 'user', name: String(headers['x-user']) });
      const store: Store = await openMemoryStore();
      const runlet: Runlet = createRunlet({ PORT: 0, HOST: '::1' }, { authenticate, store, clock: fixedClock(), prefix: '/ops' });
      createServer(runlet.callback());
      // @ts-expect-error a setting that does not exist
      createRunlet({ PORTS: 1 });
      // @ts-expect-error nobody
      createRunlet({}, { authenticate: async () => 'eve' });`,
    );
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--types', 'node', '--skipLibCheck'];
    const resolvers = [
      ['--module', 'nodenext'],
      // As before Node 12.7 and TypeScript 4.7, which knew no `exports`.
      ['--module', 'esnext', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0'],
    ];
    for (const resolver of resolvers) {
      const args = [tsc, ...options, ...resolver, 'embed.ts'];
      expect(await runProgram('node', args, { cwd: project, env: plainEnvironment() })).toMatchObject({
        code: 0,
        stdout: '',
      });
    }
  }, 60_000);

  it('names its files for resolvers that know no exports', async () => {
    const folder = join(project, 'node_modules/runlet');
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
    expect(manifest.main).toBe(manifest.exports['.'].default);
    expect(manifest.types).toBe(manifest.exports['.'].types);
    // A folder is resolved by `main`, not by `exports`.
    const resolved = await ok('node', ['-p', `require.resolve(${JSON.stringify(folder)})`], project);
    expect(resolved.trim()).toBe(await realpath(join(folder, 'dist/index.js')));
    expect((await stat(join(folder, manifest.types))).isFile()).toBe(true);
  });
});

interface Manifest {
  readonly main: string;
  readonly types: string;
  readonly exports: { readonly '.': { readonly types: string; readonly default: string } };
}

const ok = async (command: string, args: readonly string[], cwd: string): Promise<string> => {
  const { code, stdout, stderr } = await runProgram(command, args, { cwd, env: plainEnvironment() });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? 'a signal'}: ${stderr}`);
  return stdout;
};

const listening = (program: Program): Promise<string> =>
  eventually(() => {
    const port = /^listening on (\d+)$/m.exec(program.stdout())?.[1];
    if (port === undefined) throw new Error(`it does not listen: ${program.stderr()}`);
    return `http://127.0.0.1:${port}`;
  });

const ignoreThere = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error;
};
