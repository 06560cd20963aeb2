import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../../../src/domain/limits.js';
import { type Api, type Answer, basic, startApi } from '../support/api.js';

const SCRIPTS = '/api/admin/scripts';
const REPORT = `${SCRIPTS}/runs/65f0c0ffee0123456789abcd/report`;
const MIB = 1024 * 1024;
const BYTES = 8 * MIB - 100;
const headers = { 'content-type': 'application/json' };

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const post = (body: string, path = SCRIPTS): Promise<Answer> => api.call('POST', path, { body, headers });
/** As many units as fit into a body of almost 8 MiB. */
const filled = (head: string, unit: string, tail: string): string =>
  head + unit.repeat(Math.floor((BYTES - head.length - tail.length) / Buffer.byteLength(unit))) + tail;
const names = (count: number, length = 0): string =>
  Array.from({ length: count }, (_, i) => `"${String(i).padStart(length, 'n')}":0`).join(',');

describe('a body of 8 MiB', () => {
  it.each([
    ['of empty objects in a list', () => filled('{"env":[', '{},', '{}]}')],
    ['of numbers in a list', () => filled('{"env":[', '0,', '0]}')],
    ['of empty lists', () => filled('{"a":[', '[],', '0]}')],
    ['of unknown names', () => `{${names(150_000, 40)}}`],
    ['of short names', () => `{${names(500_000)}}`],
    ['of one name again and again', () => filled('{', '"a":1,', '"a":1}')],
    ['of lists in lists', () => '['.repeat(BYTES)],
    ['of objects in objects', () => filled('', '{"a":', '')],
    ['of unknown names in a list', () => filled('{"env":[', '{"__proto__":1},', '{}]}')],
    ['of names in each of a hundred entries', () => `{"env":[${`{${names(4000, 10)}},`.repeat(100)}{}]}`],
  ])('%s is refused before it is parsed', async (_, make) => {
    const { status, json, text } = await post(make());
    expect([status, json.code]).toEqual([400, 'request.malformed']);
    expect(json.error).toBe(`the body holds more than ${LIMITS.bodyValues} values; no request needs so many`);
    expect(text.length).toBeLessThan(200);
  });

  it.each([
    ['in a field', (text: string) => `{"name":"x","type":"bash","script":"x","codeIdentifier":"${text}"}`],
    ['as a name', (text: string) => `{"name":"x","type":"bash","script":"x","${text}":1}`],
    ['as the name of a script', (text: string) => `{"name":"${text}","type":"bash","script":"x"}`],
    ['as a body of base64', (text: string) => `{"name":"x","type":"bash","scriptFormat":"base64","script":"${text}"}`],
    ['as a variable', (text: string) => `{"name":"x","type":"bash","script":"x","env":[{"key":"${text}","value":""}]}`],
  ])(
    'that is one text %s is refused by a short answer',
    async (_, make) => {
      for (const unit of ['a-', '\\u0041', '😀']) {
        const { status, text } = await post(make(unit.repeat((BYTES - 100) / Buffer.byteLength(unit))));
        expect([unit, status]).toEqual([unit, 400]);
        expect(text.length).toBeLessThan(1000);
      }
    },
    60_000,
  );

  it.each([
    ['escapes', () => filled('{"a":"', '\\u0041', '"'), 1],
    ['new lines', () => `${'\n'.repeat(BYTES)}{`, BYTES + 1],
    ['digits', () => `{"a":${'9'.repeat(BYTES)}`, 1],
  ])('of %s that breaks off says where', async (_, make, line) => {
    const body = make();
    const column = body.length - (line - 1) + 1;
    const { status, json } = await post(body);
    expect([status, json.error]).toEqual([
      400,
      `the body is not JSON: it breaks off at line ${line}, column ${column}`,
    ]);
  });

  it('of a number of a million digits is a number like any other', async () => {
    const { status, json } = await post(`{"name":"x","type":"bash","script":"x","timeoutMs":${'9'.repeat(7 * MIB)}}`);
    expect([status, json.issues[0]?.path]).toEqual([400, 'timeoutMs']);
  });

  it('that is a script of 1 MiB, all escapes, is saved', async () => {
    const script = '\\u0023'.repeat(MIB);
    const { status, json } = await post(`{"name":"x","type":"bash","script":"${script}"}`);
    expect([status, (json.item.script as string).length]).toEqual([201, MIB]);
  });
});

describe('refusals', () => {
  it('name the first twenty things that are wrong, and say that there is more', async () => {
    const few = await post(`{"name":"x","type":"bash","script":"x",${names(20)}}`);
    expect([few.status, few.json.issues.length]).toEqual([400, 20]);
    expect(few.json.error).toMatch(/; and 17 more$/);
    const many = await post(`{"name":"x","type":"bash","script":"x",${names(30_000)}}`);
    expect([many.status, many.json.issues.length]).toEqual([400, 20]);
    expect(many.json.error).toMatch(/; and at least 17 more$/);
  });

  it('do so for broken rules too', async () => {
    const env = Array.from({ length: 100 }, (_, i) => ({ key: `no key ${i}`, value: '\0' }));
    const { status, json } = await api.call('POST', SCRIPTS, { json: { name: 'x', type: 'bash', script: 'x', env } });
    expect([status, json.code, json.issues.length]).toEqual([400, 'script.invalid', 20]);
    expect(json.error).toMatch(/; and at least 17 more$/);
  });

  it('of a list that is too long do not look at its items', async () => {
    const env = Array.from({ length: 101 }, () => ({ nonsense: true }));
    const { status, json } = await api.call('POST', SCRIPTS, { json: { name: 'x', type: 'bash', script: 'x', env } });
    expect([status, json.issues]).toEqual([
      400,
      [{ path: 'env', message: 'must have at most 100 entries; it has 101' }],
    ]);
    const pieces = Array.from({ length: 1001 }, () => ({ nonsense: true }));
    const report = await api.call('POST', REPORT, { json: { part: 1, pieces } });
    expect(report.json.issues).toEqual([{ path: 'pieces', message: 'must have at most 1000 pieces; it has 1001' }]);
  });

  it('quote no more than the beginning of a long text', async () => {
    const key = 'K'.repeat(100_000);
    const env = [key, key].map((name) => ({ key: name, value: '' }));
    const { status, json, text } = await api.call('POST', SCRIPTS, {
      json: { name: 'x', type: 'bash', script: 'x', env },
    });
    expect([status, json.issues[0]?.message]).toEqual([400, `${'K'.repeat(100)}… is given twice`]);
    expect(text.length).toBeLessThan(1000);
  });

  it('of a query of thousands of names are short', async () => {
    const query = Array.from({ length: 2500 }, (_, i) => `a${i}`).join('&');
    const { status, json, text } = await api.call('GET', `${SCRIPTS}/runs?${query}`);
    expect([status, json.issues.length]).toEqual([400, 20]);
    expect(text.length).toBeLessThan(4000);
    const twice = await api.call('GET', `${SCRIPTS}/runs?${'a&'.repeat(5000)}`);
    expect([twice.status, twice.json.issues.length]).toEqual([400, 20]);
  });
});

describe('a chunked body', () => {
  const raw = (body: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(api.port, '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
      });
      socket.on('close', () => resolve(text));
      socket.write(
        `POST ${SCRIPTS} HTTP/1.1\r\nhost: x\r\nauthorization: ${basic()}\r\ncontent-type: application/json\r\n` +
          'transfer-encoding: chunked\r\n\r\n',
      );
      socket.write(body);
    });

  it('of a byte in each chunk is refused, and its connection closed', async () => {
    const text = await raw(Buffer.from('1\r\n \r\n'.repeat(200_000)));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('the body comes in too many pieces; send it in larger ones');
    expect(text).toMatch(/\r\nconnection: close\r\n/i);
  });

  it('of a few hundred small chunks is read', async () => {
    const json = JSON.stringify({ name: 'Small pieces', type: 'bash', script: 'x'.repeat(3000) });
    const body = api.fetch(SCRIPTS, {
      method: 'POST',
      headers,
      body: new ReadableStream<Uint8Array>({
        start(controller) {
          for (const character of json) controller.enqueue(Buffer.from(character));
          controller.close();
        },
      }),
    });
    expect((await body).status).toBe(201);
  });
});

describe('what a host application parsed', () => {
  const parsed = async (body: unknown): Promise<Answer> => {
    const listener = api.server.listeners('request')[0] as (req: unknown, res: unknown) => void;
    api.server.removeAllListeners('request');
    api.server.on('request', (req, res) => {
      req.resume();
      req.on('end', () => listener(Object.assign(req, { body }), res));
    });
    return post('{}');
  };
  let deep: unknown = 1;
  for (let i = 0; i < 1_000_000; i++) deep = { deep };

  it.each([
    ['a list of a million items', { env: Array.from({ length: 1_000_000 }, () => ({})) }],
    ['a million names', Object.fromEntries(Array.from({ length: 1_000_000 }, (_, i) => [`n${i}`, 1]))],
    ['a million levels', deep],
  ])('is refused when it has %s', async (_, body) => {
    const { status, json } = await parsed(body);
    expect([status, json.code]).toEqual([400, 'request.malformed']);
  });

  it('is parsed by us when it is bytes', async () => {
    const script = { name: 'From bytes', type: 'bash', script: 'echo ü' };
    expect((await parsed(Buffer.from(JSON.stringify(script)))).json.item).toMatchObject(script);
  });

  it.each([
    ['no JSON', Buffer.from('not JSON'), 400],
    ['of a million values', Buffer.from(JSON.stringify(Array.from({ length: 1_000_000 }, () => 1))), 400],
    ['of more than 8 MiB', Buffer.alloc(9 * 1024 * 1024, ' '), 413],
  ])('is refused when it is bytes that are %s', async (_, body, expected) => {
    expect((await parsed(body)).status).toBe(expected);
  });

  it('is left to us where a parser put its empty object but read nothing', async () => {
    const listener = api.server.listeners('request')[0] as (req: unknown, res: unknown) => void;
    api.server.removeAllListeners('request');
    api.server.on('request', (req, res) => listener(Object.assign(req, { body: {} }), res));
    const script = { name: 'Not read', type: 'bash', script: 'echo' };
    expect((await post(JSON.stringify(script))).json.item).toMatchObject(script);
  });

  it('and not handed over is a mount that the answer says how to mend', async () => {
    const { status, json } = await parsed(undefined);
    expect([status, json.code]).toEqual([500, 'request.read-before']);
    expect(json.error).toContain('mount runlet.callback() itself, before any body parser');
    expect((await api.call('GET', '/api/admin/scripts')).json.items).toEqual([]);
  });
});
