import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeBasicAuth } from '../../../src/adapters/http/basic-auth.js';
import { eventually } from '../../support/eventually.js';
import { fixedClock } from '../../../src/adapters/system/fixed-clock.js';
import { DomainError } from '../../../src/domain/errors.js';
import { type Api, basic, startApi } from './support/api.js';

const SCRIPTS = '/api/admin/scripts';
const hello = { name: 'Hello', type: 'bash', script: 'echo hello' };
const EVERY_ROUTE = ['/', '/admin/scripts', SCRIPTS, `${SCRIPTS}/runs`, '/api/admin/audit', '/api/admin/openapi.json'];

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

// eslint-disable-next-line require-yield -- it fails before it has anything
async function* failing(error: Error): AsyncGenerator<never> {
  await Promise.reject(error);
}

/** Sends bytes as they are and answers all that comes back until the server closes or `until` has come. */
const raw = (bytes: string | Buffer, until: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (until.test(text)) socket.end(() => resolve(text));
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });

describe('credentials', () => {
  it('are asked for everywhere but on /healthz, for paths that do not exist too', async () => {
    for (const path of [...EVERY_ROUTE, '/nothing', `${SCRIPTS}/x/y/z`]) {
      const { status, headers, json } = await api.call('GET', path, { headers: { authorization: undefined } });
      expect([path, status, json.code]).toEqual([path, 401, 'auth.required']);
      expect(headers.get('www-authenticate')).toBe('Basic realm="Runlet", charset="UTF-8"');
    }
    const posted = await api.call('POST', SCRIPTS, { json: hello, headers: { authorization: undefined } });
    expect(posted.status).toBe(401);
    expect((await api.call('GET', SCRIPTS)).json.items).toEqual([]);
    expect((await api.call('GET', '/healthz', { headers: { authorization: undefined } })).status).toBe(200);
    expect((await api.call('GET', '/healthz', { headers: { authorization: 'Basic x' } })).status).toBe(200);
    expect((await api.call('POST', '/healthz', { headers: { authorization: undefined } })).status).toBe(401);
  });

  it.each([
    'Basic',
    'Basic !!!',
    'Basic YWRh',
    'Bearer abc',
    'Digest username="ada"',
    basic('ada', 'wrong'),
    basic('eve'),
  ])('such as %s are refused', async (authorization) => {
    const { status, json } = await api.call('GET', SCRIPTS, { headers: { authorization } });
    expect([status, json.code]).toEqual([401, 'auth.wrong-credentials']);
    expect(json.error).toBe('the name or the password is wrong');
  });

  it('that are wrong are counted in the trail, without what was tried; absent ones are not', async () => {
    await api.call('GET', SCRIPTS, { headers: { authorization: undefined } });
    for (let i = 0; i < 3; i++) await api.call('GET', SCRIPTS, { headers: { authorization: basic('my-password') } });
    const { json, text } = await api.call('GET', '/api/admin/audit');
    expect(json.items).toEqual([
      expect.objectContaining({ action: 'auth.failure', outcome: 'denied', address: '127.0.0.1', count: 3 }),
    ]);
    expect(text).not.toContain('my-password');
  });

  it('that are wrong are 401 even when the trail cannot be written', async () => {
    const sick = await startApi({ recordAuthFailure: () => Promise.reject(new Error('disk full')) });
    try {
      expect((await sick.call('GET', SCRIPTS, { headers: { authorization: basic('eve') } })).status).toBe(401);
      expect(sick.logged.map(({ message }) => message)).toEqual([
        'wrong credentials could not be written to the audit trail',
      ]);
    } finally {
      await sick.close();
    }
  });

  it('are refused for a minute after ten wrong ones of that address, right ones too, and of no other', async () => {
    const clock = fixedClock();
    const throttled = await startApi({ trustProxy: 1 }, { clock });
    const from = (address: string, authorization = basic()) =>
      throttled.call('GET', SCRIPTS, { headers: { authorization, 'x-forwarded-for': `6.6.6.6, ${address}` } });
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 20; i++) statuses.push((await from('203.0.113.1', basic('eve'))).status);
      expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(10).fill(429)]);

      const { status, headers, json } = await from('203.0.113.1');
      expect([status, json.code, headers.get('retry-after')]).toEqual([429, 'auth.throttled', '60']);
      expect((await from('203.0.113.2')).status).toBe(200);
      await clock.advance(60_000);
      expect((await from('203.0.113.1')).status).toBe(200);
    } finally {
      await throttled.close();
    }
  });

  it('are not asked for by us when identity is the host application’s', async () => {
    const hosted = await startApi({
      authenticate: (request) =>
        Promise.resolve(request.headers.cookie === 'session=1' ? { type: 'user', name: 'grace' } : null),
      challenge: null,
    });
    try {
      const refused = await hosted.call('GET', SCRIPTS, { headers: { authorization: undefined } });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, null]);
      const headers = { authorization: undefined, cookie: 'session=1' };
      await hosted.call('POST', SCRIPTS, { json: hello, headers });
      const { json } = await hosted.call('GET', '/api/admin/audit', { headers });
      expect(json.items[0]).toMatchObject({ actor: { type: 'user', name: 'grace' } });
    } finally {
      await hosted.close();
    }
  });

  it('that cannot be checked because the store is away are 503', async () => {
    const away = await startApi({
      authenticate: () => Promise.reject(new DomainError('store.unavailable', 'the store does not answer')),
    });
    try {
      const { status, headers } = await away.call('GET', SCRIPTS);
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    } finally {
      await away.close();
    }
  });
});

describe('routes', () => {
  it('that do not exist are 404 in the one form of errors', async () => {
    for (const path of ['/nothing', '/api/admin', `${SCRIPTS}/x/y`, '/API/admin/scripts', '//healthz', '/healthz/x']) {
      const { status, json } = await api.call('GET', path);
      expect([path, status, json.code]).toEqual([path, 404, 'route.not-found']);
    }
  });

  it.each([
    ['DELETE', SCRIPTS, 'HEAD, GET, POST'],
    ['PATCH', `${SCRIPTS}/65f0c0ffee0123456789abcd`, 'HEAD, GET, PUT, DELETE'],
    ['DELETE', `${SCRIPTS}/runs`, 'HEAD, GET'],
    ['GET', `${SCRIPTS}/65f0c0ffee0123456789abcd/run`, 'POST'],
    ['OPTIONS', SCRIPTS, 'HEAD, GET, POST'],
    ['POST', '/healthz', 'HEAD, GET'],
  ])('do not answer %s %s', async (method, path, allow) => {
    const { status, headers, json } = await api.call(method, path);
    expect([status, json.code]).toEqual([405, 'route.method']);
    expect(headers.get('allow')?.split(', ').sort()).toEqual(allow.split(', ').sort());
  });

  it('answer HEAD as GET without the body', async () => {
    const got = await api.call('GET', SCRIPTS);
    const { status, headers, text } = await api.call('HEAD', SCRIPTS);
    expect([status, text, headers.get('content-length')]).toEqual([200, '', got.headers.get('content-length')]);
  });

  it('are reached under a prefix only, by a host application that cut it off too', async () => {
    const mounted = await startApi({ prefix: '/ops' });
    const listener = mounted.server.listeners('request')[0] as (req: unknown, res: unknown) => void;
    mounted.server.removeAllListeners('request');
    mounted.server.on('request', (req: { url: string; originalUrl?: string }, res) => {
      if (req.url.startsWith('/ops/cut')) {
        req.originalUrl = req.url.replace('/ops/cut', '/ops');
        req.url = req.url.replace('/ops/cut', '');
      }
      listener(req, res);
    });
    try {
      expect((await mounted.call('GET', '/ops/healthz')).status).toBe(200);
      expect((await mounted.call('GET', '/ops/api/admin/scripts?view=summary')).json.items).toEqual([]);
      expect((await mounted.fetch('/ops/cut/api/admin/scripts?view=summary')).status).toBe(200);
      for (const [path, location] of [
        ['/ops', './ops/admin/scripts'],
        ['/ops/', './admin/scripts'],
        ['/ops/admin', './admin/scripts'],
        ['/ops/admin/', './scripts'],
      ] as const) {
        expect([path, (await mounted.fetch(path)).headers.get('location')]).toEqual([path, location]);
        expect(new URL(location, `http://proxy.example/runlet${path}`).pathname).toBe('/runlet/ops/admin/scripts');
      }
      for (const path of ['/healthz', '/api/admin/scripts', '/opsx/healthz', '/'])
        expect([path, (await mounted.fetch(path)).status]).toEqual([path, 404]);
    } finally {
      await mounted.close();
    }
  });
});

describe('bodies', () => {
  const post = (call: Parameters<Api['call']>[2]) => api.call('POST', SCRIPTS, call);
  const nothingCreated = async (): Promise<void> => expect((await api.call('GET', SCRIPTS)).json.items).toEqual([]);

  it.each([
    ['text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a multipart form', 'multipart/form-data; boundary=x'],
    ['another JSON', 'application/merge-patch+json'],
    ['a longer name', 'application/jsonx'],
    ['another charset', 'application/json; charset=utf-16'],
    ['nothing', undefined],
  ])('that call themselves %s are 415', async (_, type) => {
    const body = new Blob([JSON.stringify(hello)]).stream();
    const { status, json } = await post({ body, headers: { 'content-type': type } });
    expect([status, json.code]).toEqual([415, 'request.media-type']);
    await nothingCreated();
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
  ])('that call themselves %s are read', async (type) => {
    expect((await post({ json: hello, headers: { 'content-type': type } })).status).toBe(201);
  });

  it('that are compressed are 415', async () => {
    const { status, json } = await post({ json: hello, headers: { 'content-encoding': 'gzip' } });
    expect([status, json.error]).toEqual([415, 'the body is encoded as gzip; send it without content-encoding']);
  });

  it('that are no JSON are 400 and say where', async () => {
    const { status, json } = await post({
      body: '{\n "name": "x",\n}',
      headers: { 'content-type': 'application/json' },
    });
    expect([status, json.error]).toEqual([400, 'the body is not JSON: it breaks off at line 3, column 1']);
    expect(json.code).toBe('request.malformed');
  });

  it.each(['[]', 'null', '"text"', '3', 'true'])('that are %s instead of an object are 400', async (body) => {
    const { status, json } = await post({ body, headers: { 'content-type': 'application/json' } });
    expect([status, json.issues]).toEqual([400, [{ path: 'body', message: 'must be an object' }]]);
  });

  it('that are missing are 400', async () => {
    const { status, json } = await post({});
    expect([status, json.error]).toEqual([400, 'body is missing']);
    const chunked = await post({ body: new Blob([]).stream(), headers: { 'content-type': 'application/json' } });
    expect([chunked.status, chunked.json.error]).toEqual([400, 'body is missing']);
  });

  it('that hold __proto__ are 400, and harm nothing', async () => {
    const attacks = [
      '{"name":"x","type":"bash","script":"x","__proto__":{"enabled":false}}',
      '{"name":"x","type":"bash","script":"x","\\u005f_proto__":{}}',
      '{"name":"x","type":"bash","script":"x","env":[{"key":"A","value":"","__proto__":{}}]}',
    ];
    for (const body of attacks) {
      const { status, json } = await post({ body, headers: { 'content-type': 'application/json' } });
      expect([status, json.issues[0]?.path]).toEqual([400, expect.stringMatching(/^(env\.0\.)?__proto__$/)]);
    }
    await nothingCreated();
    expect({}).not.toHaveProperty('enabled');
  });

  it('that are not UTF-8 are 400', async () => {
    const body = Buffer.concat([Buffer.from('{"name":"gr'), Buffer.from([0xfc]), Buffer.from('n"}')]);
    const { status, json } = await post({ body, headers: { 'content-type': 'application/json' } });
    expect([status, json.error]).toEqual([400, 'the body is not UTF-8; send JSON encoded in UTF-8']);
  });

  it('that are a little under 8 MiB are read, over it are 413, and the connection stays usable', async () => {
    const padded = (bytes: number): string => JSON.stringify(hello) + ' '.repeat(bytes - JSON.stringify(hello).length);
    const headers = { 'content-type': 'application/json' };
    expect((await post({ body: padded(8 * 1024 * 1024), headers })).status).toBe(201);
    const { status, json } = await post({ body: padded(9 * 1024 * 1024), headers });
    expect([status, json]).toEqual([413, { error: 'the body is larger than 8 MiB', code: 'request.too-large' }]);
    const chunked = await post({ body: new Blob([padded(9 * 1024 * 1024)]).stream(), headers });
    expect([chunked.status, chunked.json.code]).toEqual([413, 'request.too-large']);
    expect((await api.call('GET', SCRIPTS)).json.items).toHaveLength(1);
  });

  it.each([
    ['told', 'content-length', '12000000', ['', '']],
    ['found', 'transfer-encoding', 'chunked', [`${(12_000_000).toString(16)}\r\n`, '\r\n0\r\n\r\n']],
  ] as const)(
    'whose size is %s to be too large leave the connection to the next request',
    async (_, name, value, [before, after]) => {
      const head = (line: string, rest: string): string =>
        `${line} HTTP/1.1\r\nhost: x\r\nauthorization: ${basic()}\r\n${rest}\r\n`;
      const refused = head(`POST ${SCRIPTS}`, `content-type: application/json\r\n${name}: ${value}\r\n`);
      const body = [Buffer.from(refused + before), Buffer.alloc(12_000_000, 0x20), Buffer.from(after)];
      const text = await raw(Buffer.concat([...body, Buffer.from(head('GET /healthz', ''))]), /"ok"/);
      expect(text).toMatch(/^HTTP\/1\.1 413 .*HTTP\/1\.1 200 OK.*"status":"ok"/s);
    },
  );

  it('that break off do no harm', async () => {
    const arrived = new Promise((resolve) => api.server.once('request', resolve));
    const socket = connect(api.port, '127.0.0.1');
    socket.write(
      `POST ${SCRIPTS} HTTP/1.1\r\nhost: x\r\nauthorization: ${basic()}\r\n` +
        `content-type: application/json\r\ncontent-length: 100\r\n\r\n{"name":`,
    );
    await arrived;
    socket.destroy();
    const recorded = async () => (await api.call('GET', '/api/admin/audit')).json.items;
    await eventually(async () => expect(await recorded()).toMatchObject([{ code: 'request.malformed' }]));
    await nothingCreated();
    expect(api.logged).toEqual([]);
  });

  it('of a GET are held to the same', async () => {
    const request = (type: string, body: string): string =>
      `GET ${SCRIPTS} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${basic()}\r\ncontent-type: ${type}\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`;
    expect(await raw(request('text/plain', 'x'), /$^/)).toMatch(/^HTTP\/1\.1 415 /);
    expect(await raw(request('application/json', '{"a":1}'), /$^/)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(request('application/json', '{}'), /$^/)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('that a host application has parsed are taken from it', async () => {
    const listener = api.server.listeners('request')[0] as (req: unknown, res: unknown) => void;
    api.server.removeAllListeners('request');
    api.server.on('request', (req, res) => {
      req.resume();
      req.on('end', () => listener(Object.assign(req, { body: { ...hello, name: 'Parsed' } }), res));
    });
    expect((await post({ json: {} })).json.item).toMatchObject({ name: 'Parsed' });
    expect((await post({ body: 'x', headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  });
});

describe('requests from other sites', () => {
  it.each([{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])(
    'with %j change nothing',
    async (headers: Record<string, string>) => {
      const { id } = await api.world.createScript();
      for (const [method, path] of [
        ['POST', `${SCRIPTS}/${id}/run`],
        ['DELETE', `${SCRIPTS}/${id}`],
      ] as const) {
        const { status, json } = await api.call(method, path, { headers });
        expect([status, json.code]).toEqual([403, 'request.cross-site']);
      }
      expect((await api.call('GET', SCRIPTS, { headers })).json.items).toHaveLength(1);
      expect((await api.call('GET', `${SCRIPTS}/runs`)).json.items).toEqual([]);
    },
  );

  it('are told from our own by the Host', async () => {
    expect((await api.call('POST', SCRIPTS, { json: hello, headers: { origin: api.url } })).status).toBe(201);
  });
});

describe('answers', () => {
  const HEADERS = {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  };

  it('carry the security headers, errors too', async () => {
    for (const [path, authorization] of [
      [SCRIPTS, basic()],
      [SCRIPTS, undefined],
      ['/nothing', basic()],
      ['/healthz', undefined],
    ] as const) {
      const { headers } = await api.call('GET', path, { headers: { authorization } });
      expect(Object.fromEntries(headers)).toMatchObject(HEADERS);
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });

  it.each([
    [{ publicUrl: new URL('https://ops.example') }, null],
    [{ hstsMaxAge: 86_400 }, 'max-age=86400'],
    [{ hstsMaxAge: 0 }, 'max-age=0'],
  ])('ask for https where HSTS_MAX_AGE is set, and only there: %j', async (settings, header) => {
    const server = await startApi(settings);
    try {
      const { headers } = await server.call('GET', '/healthz');
      expect(headers.get('strict-transport-security')).toBe(header);
    } finally {
      await server.close();
    }
  });

  it('to what nobody expected are 500 with a reference to the log, and nothing else', async () => {
    const broken = await startApi({ listScripts: () => failing(new Error('secret internals')) });
    try {
      const { status, json, text } = await broken.call('GET', SCRIPTS);
      expect([status, json.code]).toEqual([500, 'internal']);
      expect(text).not.toContain('secret');
      const [entry] = broken.logged;
      expect(json.error).toContain((entry?.fields as { reference: string }).reference);
    } finally {
      await broken.close();
    }
  });

  it('while the store is away are 503 with Retry-After', async () => {
    const away = await startApi({
      listScripts: () => failing(new DomainError('store.unavailable', 'the store does not answer')),
    });
    try {
      const { status, headers, json } = await away.call('GET', SCRIPTS);
      expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'store.unavailable', '5']);
    } finally {
      await away.close();
    }
  });
});

describe('the service', () => {
  it('tells whether its store answers, within two seconds', async () => {
    const clock = fixedClock();
    const pings: (() => Promise<void>)[] = [() => Promise.reject(new Error('no')), () => new Promise(() => undefined)];
    const sick = await startApi({ ping: () => pings.shift()!() }, { clock });
    try {
      expect(await sick.call('GET', '/healthz')).toMatchObject({ status: 503, json: { status: 'unavailable' } });
      const late = sick.call('GET', '/healthz');
      while (pings.length > 0) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(2000);
      expect((await late).status).toBe(503);
    } finally {
      await sick.close();
    }
    expect(await api.call('GET', '/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } });
  });

  it('tells what runs here', async () => {
    const { status, json } = await api.call('GET', '/api/admin/system');
    expect([status, json]).toEqual([200, expect.objectContaining({ version: '0.0.0', store: 'memory' })]);
  });

  it('leads to the console', async () => {
    for (const [path, location] of [
      ['/', './admin/scripts'],
      ['/admin', './admin/scripts'],
    ] as const) {
      const { status, headers } = await api.call('GET', path);
      expect([path, status, headers.get('location')]).toEqual([path, 302, location]);
    }
  });

  it('filters its trail', async () => {
    const { id } = await api.world.createScript();
    await api.call('POST', SCRIPTS, { json: {} });
    const of = async (query: string) =>
      (await api.call('GET', `/api/admin/audit?${query}`)).json.items.map(({ action, outcome }) => [action, outcome]);
    expect(await of('outcome=failure')).toEqual([['scripts.create', 'failure']]);
    expect(await of(`entityId=${id}&actor=ada`)).toEqual([['scripts.create', 'success']]);
    expect(await of('actor=eve')).toEqual([]);
    expect(await of('to=2020-01-01')).toEqual([]);
    expect(await of('from=2020-01-01T00:00:00%2B02:00')).toHaveLength(2);
    const first = (await api.call('GET', '/api/admin/audit?limit=1')).json;
    expect(await of(`limit=1&cursor=${first.nextCursor}`)).toEqual([['scripts.create', 'success']]);
  });

  it.each([
    ['action=login', 'action'],
    ['from=yesterday', 'from'],
    ['to=2026-02-30', 'to'],
    ['from=2026-01-01T00:00:00', 'from'],
    ['entityId=1', 'entityId'],
    ['outcome=', 'outcome'],
    ['who=x', 'who'],
  ])('refuses to filter it by %s', async (query, path) => {
    const { status, json } = await api.call('GET', `/api/admin/audit?${query}`);
    expect([status, json.issues.map((issue) => issue.path)]).toEqual([400, [path]]);
  });

  it('does not start with two admins of one name', () => {
    const admins = ['a', 'b'].map((password) => ({ name: 'ada', password }));
    expect(() => makeBasicAuth({ admins })).toThrow('same name');
  });
});
