import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { requireSameSite } from '../../../src/adapters/http/same-site.js';

const ask = (headers: Record<string, string>, publicUrl: string | null = null, trustProxy = 0): (() => void) => {
  const request = Object.assign(new IncomingMessage(new Socket()), {
    headers: { host: 'runlet.lan:3000', ...headers },
  });
  return () => requireSameSite(request, { publicUrl: publicUrl === null ? null : new URL(publicUrl), trustProxy });
};

describe('a request that changes something passes', () => {
  it.each([
    ['from a program, which says nothing', ask({})],
    ['from our page', ask({ 'sec-fetch-site': 'same-origin', origin: 'http://runlet.lan:3000' })],
    ['typed into the address bar', ask({ 'sec-fetch-site': 'none' })],
    ['where TLS ends before us', ask({ origin: 'https://runlet.lan:3000' })],
    ['where the port is left out', ask({ host: 'runlet.lan:443', origin: 'https://runlet.lan' })],
    ['in another case', ask({ host: 'RUNLET.lan', origin: 'http://runlet.lan' })],
    ['from PUBLIC_URL, whatever the host', ask({ origin: 'https://ops.example' }, 'https://ops.example/runlet')],
    ['through a proxy', ask({ origin: 'https://ops.example', 'x-forwarded-host': 'ops.example' }, null, 1)],
  ])('%s', (_, asking) => {
    expect(asking).not.toThrow();
  });
});

describe('a request that changes something is refused', () => {
  it.each([
    ['from another site', ask({ 'sec-fetch-site': 'cross-site' })],
    ['from another host of the site', ask({ 'sec-fetch-site': 'same-site' })],
    ['from another origin', ask({ origin: 'https://evil.example' })],
    ['from another port', ask({ origin: 'http://runlet.lan:3001' })],
    ['from a frame without an origin', ask({ origin: 'null' })],
    ['from a file', ask({ origin: 'file://runlet.lan:3000' })],
    ['with an origin that is none', ask({ origin: 'runlet.lan:3000' })],
    ['from another scheme than that of PUBLIC_URL', ask({ origin: 'http://ops.example' }, 'https://ops.example')],
    ['from its host when PUBLIC_URL is another', ask({ origin: 'http://runlet.lan:3000' }, 'https://ops.example')],
    [
      'with a forwarded host nobody vouches for',
      ask({ origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }),
    ],
    ['with one good sign and one bad', ask({ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' })],
  ])('%s', (_, asking) => {
    expect(asking).toThrow(expect.objectContaining({ code: 'request.cross-site' }));
  });
});
