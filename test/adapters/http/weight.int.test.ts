import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { type Api, basic, startApi } from './support/api.js';

const SCRIPTS = '/api/admin/scripts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

/** The answer as it is on the wire. */
const wire = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
  const request = get({
    host: '127.0.0.1',
    port: api.port,
    path,
    method,
    agent: false,
    headers: { authorization: basic(), 'accept-encoding': 'gzip', ...headers },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { status: response.statusCode, headers: response.headers, bytes: Buffer.concat(pieces) };
};

const create = async (count: number, script = 'echo'): Promise<string[]> => {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const json = { name: `Script ${i}`, type: 'bash', script, description: 'What it does, in some words' };
    ids.push((await api.call('POST', SCRIPTS, { json })).json.item.id);
  }
  return ids;
};

describe('JSON and text', () => {
  it.each([
    ['made whole', 5, `echo ${'x'.repeat(1000)}`],
    ['streamed', 5, `echo ${'ü x'.repeat(30_000)}`],
  ])('that are %s are compressed for who takes gzip', async (_, count, script) => {
    await create(count, script);
    const plain = await wire(SCRIPTS, { 'accept-encoding': 'identity' });
    const zipped = await wire(SCRIPTS);
    expect(plain.headers).toMatchObject({ vary: 'accept-encoding' });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(gunzipSync(zipped.bytes).equals(plain.bytes)).toBe(true);
    expect(zipped.bytes.length).toBeLessThan(plain.bytes.length / 5);
    const { headers, bytes } = await wire(SCRIPTS, {}, 'HEAD');
    expect([headers['content-type'], bytes.length]).toEqual(['application/json; charset=utf-8', 0]);
  });

  it.each(['', 'identity', 'gzip;q=0', 'br'])('are sent as they are to who accepts %j', async (accepted) => {
    await create(3, `echo ${'x'.repeat(1000)}`);
    expect((await wire(SCRIPTS, { 'accept-encoding': accepted })).headers).not.toHaveProperty('content-encoding');
  });

  it('of the log and the metrics are compressed too, and small answers are not', async () => {
    const { runId } = await api.world.startRun();
    await api.world.runner.runs[0]!.print('a line of many\n'.repeat(10_000));
    await eventually(async () => {
      const { headers, bytes } = await wire(`${SCRIPTS}/runs/${runId}/log`);
      expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' });
      expect(gunzipSync(bytes).toString()).toBe('a line of many\n'.repeat(10_000));
    });
    expect((await wire('/healthz')).headers).not.toHaveProperty('content-encoding');
  });

  it('are sent as they are where another site asks for them, which could learn from their length', async () => {
    await create(3, `echo ${'x'.repeat(1000)}`);
    for (const site of ['cross-site', 'same-site'])
      expect((await wire(SCRIPTS, { 'sec-fetch-site': site })).headers).not.toHaveProperty('content-encoding');
    expect((await wire(SCRIPTS, { 'sec-fetch-site': 'same-origin' })).headers).toHaveProperty('content-encoding');
  });

  it('are cut off, compressed or not, when the server stops in the midst of them', async () => {
    await create(40, `echo ${Array.from({ length: 20_000 }, (_, i) => i * 7919).join(' ')}`);
    const request = get({
      host: '127.0.0.1',
      port: api.port,
      path: SCRIPTS,
      agent: false,
      headers: { authorization: basic(), 'accept-encoding': 'gzip' },
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.headers).toMatchObject({ 'content-encoding': 'gzip' });
    const failed = once(response, 'error');
    api.stopping.abort();
    response.resume();
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  });
});

describe('a live stream', () => {
  it('is never compressed', async () => {
    const { runId } = await api.world.startRun();
    for (const path of [`${SCRIPTS}/runs/${runId}/stream`, `${SCRIPTS}/runs/stream`]) {
      const request = get({
        host: '127.0.0.1',
        port: api.port,
        path,
        agent: false,
        headers: { authorization: basic(), 'accept-encoding': 'gzip, br' },
      });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      expect(response.headers).not.toHaveProperty('content-encoding');
      expect(String(((await once(response, 'data')) as [Buffer])[0])).toContain('retry: 1000');
      response.destroy();
    }
  });
});

describe('summaries', () => {
  it('that have not changed are not sent again', async () => {
    const [id] = await create(300);
    const path = `${SCRIPTS}?view=summary`;
    const first = await wire(path);
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
    expect(first.headers).toMatchObject({ 'content-encoding': 'gzip', 'cache-control': 'no-store' });
    expect(first.bytes.length).toBeLessThan(30_000);
    // As Chromium sends it for a page that has its own If-None-Match.
    const again = { 'if-none-match': etag, 'cache-control': 'no-cache', pragma: 'no-cache' };
    const second = await wire(path, again);
    expect([second.status, second.bytes.length, second.headers.etag]).toEqual([304, 0, etag]);
    expect((await wire(path, { ...again, 'accept-encoding': 'identity' })).status).toBe(304);

    await api.call('PUT', `${SCRIPTS}/${id}`, { json: { name: 'Another name' } });
    const changed = await wire(path, again);
    expect(changed.status).toBe(200);
    expect(gunzipSync(changed.bytes).toString()).toContain('Another name');
    const run = await api.call('POST', `${SCRIPTS}/${id}/run`);
    expect(run.status).toBe(202);
    expect((await wire(path, { 'if-none-match': String(changed.headers.etag) })).status).toBe(200);
  });

  it('are there of one script', async () => {
    const [, id] = await create(3);
    const { json } = await api.call('GET', `${SCRIPTS}?view=summary`);
    const one = await api.call('GET', `${SCRIPTS}/${id}?view=summary`);
    expect(one.json.item).toEqual(json.items.find((item) => item.id === id));
    expect(one.json.item).not.toHaveProperty('script');
    expect((await api.call('GET', `${SCRIPTS}/${'0'.repeat(24)}?view=summary`)).status).toBe(404);
    expect((await api.call('GET', `${SCRIPTS}/${id}?view=other`)).status).toBe(400);
  });
});
