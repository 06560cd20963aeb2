import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { ApiClient, RUNS, SCRIPTS } from './support/api-client.js';
import { killPrograms, plainEnvironment, type Program, startProgram } from './support/program.js';
import { cleanUp, freshDataDir, PASSWORD, PROJECT } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

afterEach(killPrograms);
afterAll(cleanUp);

const environment = async () => ({
  ...plainEnvironment(),
  HOME: '/', // without a profile, so that a login shell of the machine running the tests adds nothing
  STARTED_BY_TEST: String(process.pid), // by which `cleanUp` finds scripts
  ADMIN_PASS: PASSWORD,
  LOG_LEVEL: 'warn',
  ...(await freshDataDir()),
});

interface Host {
  readonly program: Program;
  readonly url: string;
  /** Below the prefix. */
  readonly api: ApiClient;
}

const startHost = async (name: string): Promise<Host> => {
  const file = join(PROJECT, 'test/fixtures/hosts/host.mjs');
  const program = startProgram(process.execPath, [file, name], { cwd: PROJECT, env: await environment() });
  const port = await eventually(() => {
    const found = /^listening on (\d+)$/m.exec(program.stdout())?.[1];
    if (found === undefined) throw new Error(`it does not listen: ${program.stderr()}`);
    return found;
  });
  return hostAt(program, `http://127.0.0.1:${port}`);
};

const hostAt = (program: Program, url: string): Host => ({
  program,
  url,
  api: new ApiClient(`${url}/ops`, { user: 'admin', password: PASSWORD }),
});

const large = { name: 'Large', type: 'bash', script: `echo large\n#${'x'.repeat(150_000)}` };

const expectLiveOutput = async ({ api }: Host): Promise<void> => {
  const gate = join(await temporaryFolder(), 'gate');
  const runId = await api.run({
    name: 'Live',
    script: `echo begun; until [ -e ${gate} ]; do sleep 0.05; done; echo ended`,
  });
  const { headers, frames } = await api.openStream(`${RUNS}/${runId}/stream`, { 'accept-encoding': 'gzip, br' });
  expect(headers).not.toHaveProperty('content-encoding');
  const printed = async (text: string): Promise<void> => {
    for await (const { data } of { [Symbol.asyncIterator]: () => ({ next: () => frames.next() }) })
      if (data?.includes(text)) return;
    throw new Error(`the stream ended without ${text}`);
  };
  await printed('begun');
  expect(await api.runOf(runId)).toMatchObject({ status: 'running' });
  await writeFile(gate, '');
  await printed('"type":"done"');
};

const expectConsole = async ({ api }: Host): Promise<void> => {
  const page = await api.get<string>('/admin/scripts');
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const assets = [...page.text.matchAll(/="\.\/(scripts\/assets\/[^"]+)"/g)].map(([, asset]) => asset!);
  expect(assets.length).toBeGreaterThan(1);
  for (const asset of assets) expect(await api.get(`/admin/${asset}`)).toMatchObject({ status: 200 });
};

const expectStop = async ({ program }: Host): Promise<void> => {
  program.signal('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
};

describe('Runlet in a host application', () => {
  it.each([
    'express4',
    'express5',
    'express4-form-first',
    'express-unmounted',
    'express-router',
    'koa',
    'koa-bodyparser',
    'koa-mount',
    'koa-bodyparser-mount',
    'koa-by-hand',
    'fastify-hijack',
    'fastify-middie',
    'nest',
  ])(
    'works in %s',
    async (name) => {
      const host = await startHost(name);
      await expectLiveOutput(host);
      const created = await host.api.send('POST', SCRIPTS, large);
      expect(created).toMatchObject({ status: 201, body: { item: large } });
      await expectConsole(host);
      expect(await new ApiClient(host.url, null).get('/elsewhere')).toMatchObject({ text: 'the application' });
      expect(await new ApiClient(`${host.url}/ops`, null).get(SCRIPTS)).toMatchObject({ status: 401 });
      await expectStop(host);
    },
    60_000,
  );

  it.each(['express4-json-first', 'express5-json-first', 'nest-json-first'])(
    'works in %s, and says which mount a script needs that is too large for the parser',
    async (name) => {
      const host = await startHost(name);
      await expectLiveOutput(host);
      const { status, body } = await host.api.send<{ error: string; code: string }>('POST', SCRIPTS, large);
      expect([status, body.code]).toEqual([413, 'request.too-large']);
      expect(body.error).toMatch(
        /^[^\n]*mount Runlet before the body parser: app\.use\('\/ops', runlet\.callback\(\)\)[^\n]*$/,
      );
      const broken = await host.api.request<{ code: string }>('POST', SCRIPTS, {
        body: '{"name":',
        headers: { 'content-type': 'application/json' },
      });
      expect([broken.status, broken.body.code]).toEqual([400, 'request.malformed']);
      await eventually(() => expect(host.program.stderr()).toContain('mount Runlet before the body parser'));
      await expectConsole(host);
    },
    60_000,
  );

  it.each(['koa-bodyparser-by-hand', 'fastify-by-hand'])(
    'says in %s that the body was lost',
    async (name) => {
      const { api } = await startHost(name);
      expect((await api.get(SCRIPTS)).status).toBe(200);
      const { status, body } = await api.send<{ error: string }>('POST', SCRIPTS, large);
      expect(status).toBe(500);
      expect(body.error).toMatch(/^[^\n]*mount runlet\.callback\(\) itself, before any body parser[^\n]*$/);
    },
    60_000,
  );

  it.each([
    ['koa-mount-by-hand', '/ops', 'a framework that cuts /ops off has to be given runlet.callback() itself'],
    ['express-elsewhere', '/tools', 'Runlet is mounted at /tools, which its prefix has to be too'],
  ])(
    'says in %s that the prefix is another one',
    async (name, path, message) => {
      const { url } = await startHost(name);
      const { status, body } = await new ApiClient(url, null).get<{ error: string }>(`${path}/admin/scripts`);
      expect([status, body.error]).toEqual([404, expect.stringContaining(message)]);
    },
    60_000,
  );
});

describe('The example of', () => {
  const packages: readonly (readonly [example: string, installed: Readonly<Record<string, string>>])[] = [
    ['Node', {}],
    ['Express', { express: 'express', compression: 'compression' }],
    ['Express', { express: 'express4', compression: 'compression' }],
    ['NestJS', { '@nestjs': '@nestjs', compression: 'compression', 'reflect-metadata': 'reflect-metadata' }],
    ['Koa', { koa: 'koa', 'koa-bodyparser': 'koa-bodyparser', 'koa-mount': 'koa-mount' }],
    ['Fastify', { fastify: 'fastify' }],
    ['Fastify with middie', { fastify: 'fastify', '@fastify': '@fastify' }],
  ];

  it.each(packages)(
    '%s in docs/embedding.md works as written, with %j',
    async (example, installed) => {
      const host = await startExample(await exampleIn('docs/embedding.md', `## ${example}\n`), installed);
      await expectLiveOutput(host);
      expect(await host.api.send('POST', SCRIPTS, large)).toMatchObject({ status: 201 });
      await expectConsole(host);
      expect((await new ApiClient(host.url, null).get<string>('/hello')).text).toContain('hello');
      await expectStop(host);
    },
    60_000,
  );

  it('README works as written, and stops on SIGTERM', async () => {
    const host = await startExample(await exampleIn('README.md', '## In your own application\n'), {});
    const api = new ApiClient(host.api.url, null);
    expect((await api.get(SCRIPTS)).status).toBe(401);
    const asAda = { cookie: 'session=ada' };
    const created = await api.send('POST', SCRIPTS, large, asAda);
    expect(created).toMatchObject({ status: 201 });
    const { frames } = await api.openStream(`${RUNS}/stream`, asAda);
    await frames.next();
    await expectStop(host);
  }, 60_000);
});

const exampleIn = async (file: string, heading: string): Promise<string> => {
  const [, section = ''] = (await readFile(join(PROJECT, file), 'utf8')).split(heading);
  const code = /```js\n(.*?)```/s.exec(section)?.[1];
  if (code === undefined) throw new Error(`${file} has no example under ${heading}`);
  return code;
};

/** As a project of its own that has installed Runlet and what the example imports. Its port is the only thing that is changed. */
const startExample = async (code: string, installed: Readonly<Record<string, string>>): Promise<Host> => {
  const project = await temporaryFolder();
  await mkdir(join(project, 'node_modules'));
  await symlink(PROJECT, join(project, 'node_modules/runlet'));
  for (const [name, folder] of Object.entries(installed))
    await symlink(join(PROJECT, 'node_modules', folder), join(project, 'node_modules', name));
  const port = await freePort();
  await writeFile(join(project, 'app.mjs'), code.replaceAll('3000', String(port)));
  const program = startProgram(process.execPath, ['app.mjs'], { cwd: project, env: await environment() });
  const host = hostAt(program, `http://127.0.0.1:${port}`);
  await eventually(async () => {
    await host.api.get('/healthz').catch((error: unknown) => {
      throw new Error(`it does not answer: ${program.stderr()}`, { cause: error });
    });
  });
  return host;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};
