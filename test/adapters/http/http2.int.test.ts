import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { type Api, basic, startApi } from './support/api.js';

const SCRIPTS = '/api/admin/scripts';

let api: Api;
let server: Http2Server;
let session: ClientHttp2Session;
let url: string;
beforeEach(async () => {
  api = await startApi();
  server = createServer((req, res) => api.server.emit('request', req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  session = connect(url);
});
afterEach(async () => {
  session.destroy();
  server.close();
  await api.close();
});

const open = (headers: Record<string, string>, body?: string) => {
  const request = session.request(
    { authorization: basic(), ...(body !== undefined && { ':method': 'POST' }), ...headers },
    { endStream: body === undefined },
  );
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  if (body !== undefined) request.end(body);
  return { request, text: () => text };
};

const send = async (headers: Record<string, string>, body?: string) => {
  const { request, text } = open(headers, body);
  const [answer] = (await once(request, 'response')) as [Record<string, unknown>];
  await once(request, 'end');
  return { status: answer[':status'], json: JSON.parse(text()) as { item: { name: string }; code: string } };
};

const create = (headers: Record<string, string>) => {
  const body = JSON.stringify({ name: 'Over HTTP/2', type: 'bash', script: 'echo hi' });
  return send(
    {
      ':path': SCRIPTS,
      'content-type': 'application/json',
      ...headers,
    },
    body,
  );
};

it('takes :authority for the Host that Origin is compared with', async () => {
  expect((await create({ origin: url })).status).toBe(201);
  expect(await create({ origin: 'http://evil.example' })).toMatchObject({
    status: 403,
    json: { code: 'request.cross-site' },
  });
});

it('refuses an :authority beside another Host', async () => {
  expect(await send({ ':path': SCRIPTS, ':authority': 'one.example', host: 'other.example' })).toMatchObject({
    status: 400,
  });
});

it('reads a body without a content-length', async () => {
  expect(await create({})).toMatchObject({ status: 201, json: { item: { name: 'Over HTTP/2' } } });
});

it('refuses a body that is too large before it is sent', async () => {
  const request = session.request({
    ':path': SCRIPTS,
    ':method': 'POST',
    authorization: basic(),
    'content-type': 'application/json',
    'content-length': String(9 * 1024 * 1024),
  });
  const [answer] = await once(request, 'response');
  expect(answer).toMatchObject({ ':status': 413 });
});

it('streams what a run prints before the run ends', async () => {
  const { runId } = await api.world.startRun();
  const { text } = open({ ':path': `${SCRIPTS}/runs/${runId}/stream` });
  await api.world.runner.runs[0]!.print('still running\n');
  await eventually(() => expect(text()).toContain('still running'));
  expect(text()).not.toContain('event: done');
});
