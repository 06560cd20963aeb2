import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { clientAddress } from '../../../src/adapters/http/client-address.js';

const from = (remoteAddress: string | undefined, forwardedFor?: string): IncomingMessage => {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress });
  const request = new IncomingMessage(socket);
  if (forwardedFor !== undefined) request.headers['x-forwarded-for'] = forwardedFor;
  return request;
};

describe('the address of a client', () => {
  it.each([
    ['is that of the connection', from('192.0.2.1'), 0, '192.0.2.1'],
    ['is IPv4 where IPv6 wraps it', from('::ffff:192.0.2.1'), 0, '192.0.2.1'],
    ['stays IPv6 otherwise', from('2001:DB8::1'), 0, '2001:db8::1'],
    ['is null when the connection is gone', from(undefined), 0, null],
    ['is not what a client says of itself', from('192.0.2.1', '203.0.113.9'), 0, '192.0.2.1'],
    ['is what one proxy wrote', from('10.0.0.1', '6.6.6.6, 203.0.113.9'), 1, '203.0.113.9'],
    ['is what the outer of two proxies wrote', from('10.0.0.1', '6.6.6.6, 203.0.113.9, 10.0.0.2'), 2, '203.0.113.9'],
    ['is the outermost known one where a proxy wrote nothing', from('10.0.0.1', '203.0.113.9'), 3, '203.0.113.9'],
    ['is that of the proxy where it wrote nothing', from('10.0.0.1'), 1, '10.0.0.1'],
    ['is read without its port', from('10.0.0.1', '203.0.113.9:4711'), 1, '203.0.113.9'],
    ['is read without brackets', from('10.0.0.1', '[2001:db8::9]:4711'), 1, '2001:db8::9'],
    ['is never something else', from('10.0.0.1', '203.0.113.9, unknown'), 2, '10.0.0.1'],
  ])('%s', (_, request, trustProxy, expected) => {
    expect(clientAddress(request, trustProxy)).toBe(expected);
  });
});
