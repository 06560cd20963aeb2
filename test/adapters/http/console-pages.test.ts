import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, startApi } from './support/api.js';

const SCRIPT = 'export const answer = 42;\n'.repeat(20);
const PAGE = '<!doctype html><script type="module" src="./assets/app-1.js"></script>';

let folder: string;
let api: Api;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runlet-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), PAGE);
  await writeFile(join(folder, 'assets/app-1.js'), SCRIPT);
  await writeFile(join(folder, 'assets/app-1.js.br'), brotliCompressSync(SCRIPT));
  await writeFile(join(folder, 'assets/app-1.js.gz'), gzipSync(SCRIPT));
  await writeFile(join(folder, 'assets/icon-1.svg'), '<svg/>');
  await writeFile(join(folder, 'assets/notes.txt'), 'not for anybody');
  api = await startApi({ consoleFolder: folder });
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string | undefined> = {}) => api.fetch(path, { headers });

describe('the page of the console', () => {
  it.each([
    ['/admin/scripts', './scripts/assets/app-1.js'],
    ['/admin/scripts/', './assets/app-1.js'],
    ['/admin/scripts/new', './assets/app-1.js'],
    ['/admin/scripts/runs/65f0c0ffee0123456789abcd', '../assets/app-1.js'],
    ['/admin/scripts/a/b/c', '../../assets/app-1.js'],
  ])('is at %s, and finds its assets from there', async (path, asset) => {
    const response = await get(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const address = /src="([^"]+)"/.exec(await response.text())?.[1] ?? '';
    expect(address).toBe(asset);
    expect(new URL(address, api.url + path).pathname).toBe('/admin/scripts/assets/app-1.js');
  });

  it('may load and run what this server sends, and nothing else', async () => {
    const policy = (await get('/admin/scripts')).headers.get('content-security-policy') ?? '';
    const directives = Object.fromEntries(policy.split('; ').map((each) => each.split(/ (.*)/, 2)));
    expect(directives).toMatchObject({ 'default-src': "'none'", 'script-src': "'self'", 'base-uri': "'none'" });
    expect(policy).not.toMatch(/unsafe|\*|http/);
  });

  it('is asked for anew each time, and not sent again when it is the same', async () => {
    const { headers } = await get('/admin/scripts/new');
    expect(headers.get('cache-control')).toBe('no-cache, private');
    const again = await get('/admin/scripts/new', {
      'if-none-match': headers.get('etag') ?? '',
      'cache-control': 'max-age=0', // or fetch asks not to be answered from any cache
    });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('is for admins, as its assets are', async () => {
    for (const path of ['/admin/scripts', '/admin/scripts/new', '/admin/scripts/assets/app-1.js'])
      expect([path, (await get(path, { authorization: undefined })).status]).toEqual([path, 401]);
  });

  it('is only read', async () => {
    const { status, headers, json } = await api.call('POST', '/admin/scripts/new');
    expect([status, headers.get('allow'), json.code]).toEqual([405, 'GET, HEAD', 'route.method']);
    expect((await api.fetch('/admin/scripts', { method: 'HEAD' })).status).toBe(200);
  });

  it('leaves what is beside it alone', async () => {
    expect((await get('/admin/scriptsx')).status).toBe(404);
    expect((await get('/adminx')).status).toBe(404);
  });
});

describe('an asset', () => {
  it.each([
    ['br, gzip', 'br'],
    ['gzip, br;q=0.1', 'gzip'],
    ['gzip', 'gzip'],
    ['identity', null],
    ['zstd', null],
  ])('for %s comes as %s, and is kept for ever', async (accept, coding) => {
    const response = await get('/admin/scripts/assets/app-1.js', { 'accept-encoding': accept });
    expect(response.headers.get('content-encoding')).toBe(coding);
    expect(await response.text()).toBe(SCRIPT);
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect([response.headers.get('content-type'), response.headers.get('vary')]).toEqual([
      'text/javascript; charset=utf-8',
      'accept-encoding',
    ]);
  });

  it('that compression did not help comes as it is', async () => {
    const response = await get('/admin/scripts/assets/icon-1.svg', { 'accept-encoding': 'br, gzip' });
    expect([response.headers.get('content-encoding'), await response.text()]).toEqual([null, '<svg/>']);
  });

  it.each(['gone-1.js', 'app-1.js.br', 'notes.txt', '../index.html', '..%2findex.html', ''])(
    'named %j does not exist, and its absence is not kept',
    async (name) => {
      const response = await api.fetch(`/admin/scripts/assets/x/../${name}`);
      const isPage = response.headers.get('content-type')?.startsWith('text/html') ?? false;
      expect(isPage ? 'the page' : response.status).toBe(name === '../index.html' ? 'the page' : 404);
      expect(response.headers.get('cache-control')).not.toContain('immutable');
    },
  );
});

it('a console that was not built says so, and how it is', async () => {
  const bare = await startApi();
  const response = await bare.fetch('/admin/scripts');
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('npm run build makes it')]);
  await bare.close();
});

it('works below a prefix, cut off by the host application or not', async () => {
  const mounted = await startApi({ consoleFolder: folder, prefix: '/ops' });
  for (const path of ['/ops/admin/scripts', '/ops/admin/scripts/runs/x']) {
    const response = await mounted.fetch(path);
    const asset = new URL(/src="([^"]+)"/.exec(await response.text())?.[1] ?? '', mounted.url + path).pathname;
    expect(asset).toBe('/ops/admin/scripts/assets/app-1.js');
    expect((await mounted.fetch(asset)).status).toBe(200);
  }
  await mounted.close();
});
