import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createOwnServer } from '../../../src/adapters/http/own-server.js';
import { eventually } from '../../support/eventually.js';
import { type Api, basic, startApi } from './support/api.js';

const REQUEST_TIMEOUT_MS = 300;

let api: Api;
let server: Server;
beforeEach(async () => {
  api = await startApi({ requestTimeoutMs: REQUEST_TIMEOUT_MS });
  server = createOwnServer((req, res) => api.server.emit('request', req, res), {
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await api.close();
});

/** A raw connection and all that has come over it. */
const open = async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let got = '';
  socket.setEncoding('utf8').on('data', (text: string) => (got += text));
  socket.on('error', () => undefined); // reset by the server
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return { socket, closed, got: () => got };
};

/** Sends a character every 20 ms, until the connection is closed. */
const drip = (socket: Socket, text: string): void => {
  let sent = 0;
  const timer = setInterval(() => socket.write(text[sent++ % text.length] ?? ''), 20);
  socket.once('close', () => clearInterval(timer));
};

const answered = (got: string) => {
  const [head = '', body = ''] = got.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, json: JSON.parse(body) as { code: string; error: string } };
};

const post = (path: string, more: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${basic()}\r\ncontent-type: application/json\r\n${more}`;

describe('a client that sends slowly', () => {
  it('is answered 408 when its headers do not come to an end, and cut off', async () => {
    const { socket, closed, got } = await open();
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n');
    drip(socket, 'x-more: 1\r\n');
    await closed;
    const { status, json, head } = answered(got());
    expect([status, json.code]).toEqual([408, 'request.timeout']);
    expect(head).toContain('connection: close');
  });

  it('is cut off when it says nothing at all', async () => {
    const { closed, got } = await open();
    await closed;
    expect(got()).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it.each([
    ['a length', 'content-length: 1000\r\n\r\n', ' '],
    ['chunks', 'transfer-encoding: chunked\r\n\r\n', '1\r\n \r\n'],
  ])('is answered 408 when its body of %s does not come to an end, and cut off', async (_, head, body) => {
    const { socket, closed, got } = await open();
    socket.write(post('/api/admin/scripts', head));
    drip(socket, body);
    await closed;
    const { status, json } = answered(got());
    expect([status, json.code]).toEqual([408, 'request.timeout']);
    const { items } = (await api.call('GET', '/api/admin/audit?action=scripts.create')).json;
    expect(items).toMatchObject([{ outcome: 'failure', code: 'request.timeout' }]);
    expect((await api.call('GET', '/api/admin/scripts')).json.items).toEqual([]);
  });

  it('is cut off when nobody reads the body it drips', async () => {
    const { socket, closed, got } = await open();
    socket.write('POST /api/admin/scripts HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n');
    drip(socket, ' ');
    await closed;
    expect(got()).toContain('HTTP/1.1 401 ');
  }, 15_000);
});

describe('headers', () => {
  it('of more than 16 KiB are refused as 431', async () => {
    const { socket, closed, got } = await open();
    socket.write(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(17 * 1024)}\r\n\r\n`);
    await closed;
    const { status, json } = answered(got());
    expect([status, json.code, json.error]).toEqual([
      431,
      'request.headers-too-large',
      'the headers are larger than 16 KiB',
    ]);
  });

  it('that are none are refused as 400', async () => {
    const { socket, closed, got } = await open();
    socket.write('this is not HTTP\r\n\r\n');
    await closed;
    const { status, json } = answered(got());
    expect([status, json.code]).toEqual([400, 'request.malformed']);
  });
});

describe('a stream', () => {
  it('outlives every time limit of requests', async () => {
    const { runId } = await api.world.startRun();
    const { socket, got } = await open();
    const since = performance.now();
    socket.write(
      `GET /api/admin/scripts/runs/${runId}/stream HTTP/1.1\r\nhost: x\r\nauthorization: ${basic()}\r\n\r\n`,
    );
    await eventually(() => expect(got()).toContain('"status":"running"'));
    // Longer than the server gives header, body and grace together; another connection shows that the limits are at work meanwhile.
    while (performance.now() - since < 2 * REQUEST_TIMEOUT_MS + 5500) {
      await (
        await open()
      ).closed;
    }
    await api.world.runner.runs[0]!.print('still here\n');
    await eventually(() => expect(got()).toContain('still here'));
    socket.destroy();
  }, 30_000);
});
