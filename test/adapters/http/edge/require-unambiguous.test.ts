import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Api, basic, startApi } from '../support/api.js';

let api: Api;
let host: Server;
beforeEach(async () => {
  api = await startApi({ prefix: '/ops' });
  // A host application that cuts the prefix off, as Express does.
  host = createServer((req, res) => {
    const mounted = Object.assign(req, { originalUrl: req.url });
    req.url = req.url?.replace('/ops', '');
    api.server.emit('request', mounted, res);
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  host.closeAllConnections();
  host.close();
  await api.close();
});

const ask = (server: Server, ...lines: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1', () => socket.write([...lines, 'connection: close', '', ''].join('\r\n')));
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });

describe.each([
  ['its own server', () => api.server],
  ['a server it is mounted in', () => host],
])('a request that can be read in two ways, at %s,', (_, server) => {
  it.each([
    ['two hosts', 'GET /ops/healthz HTTP/1.1', ['host: a', 'host: b']],
    ['one host twice', 'GET /ops/healthz HTTP/1.1', ['Host: a', 'hOST: a']],
    ['a list of hosts', 'GET /ops/healthz HTTP/1.1', ['host: a, b']],
    ['a user before the host', 'GET /ops/healthz HTTP/1.1', ['host: a@b']],
    ['a path after the host', 'GET /ops/healthz HTTP/1.1', ['host: a/b']],
    ['another host in the target', 'GET http://evil.example/ops/healthz HTTP/1.1', ['host: a']],
    ['another port in the target', 'GET http://a:81/ops/healthz HTTP/1.1', ['host: a']],
    ['a host in the target and none in the header', 'GET http://a/ops/healthz HTTP/1.1', ['host:']],
    [
      'two credentials',
      'GET /ops/api/admin/scripts HTTP/1.1',
      ['host: a', `authorization: ${basic()}`, 'Authorization: x'],
    ],
    [
      'two types',
      'POST /ops/api/admin/scripts HTTP/1.1',
      ['host: a', `authorization: ${basic()}`, ...Array<string>(2).fill('content-type: application/json')],
    ],
  ])('with %s is refused', async (__, line, headers) => {
    const text = await ask(server(), line, ...headers);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('"code":"request.malformed"');
  });

  it.each([
    ['a host', 'GET /ops/healthz HTTP/1.1', 'host: runlet_1.example:3000'],
    ['an address', 'GET /ops/healthz HTTP/1.1', 'host: [::1]:3000'],
    ['the same host in the target', 'GET http://A:80/ops/healthz HTTP/1.1', 'host: a'],
    ['no host, as HTTP/1.0 has it', 'GET /ops/healthz HTTP/1.0', 'accept: */*'],
  ])('is none with %s', async (__, line, header) => {
    expect(await ask(server(), line, header)).toMatch(/^HTTP\/1\.1 200 /);
  });
});
