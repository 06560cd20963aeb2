import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * The address that a request comes from: of the connection or, with `trustProxy` proxies before the server, what the outermost of them
 * wrote into X-Forwarded-For. What stands left of that is the client's own word and not believed. Null when the connection is gone.
 */
export const clientAddress = (request: IncomingMessage, trustProxy: number): string | null => {
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
  let address = plain(request.socket.remoteAddress ?? '');
  for (let hop = 0; hop < trustProxy; hop++) {
    const next = plain(forwarded.pop() ?? '');
    if (next === null) break;
    address = next;
  }
  return address;
};

/** Without port and brackets, IPv4 as IPv4; null for what is no address. */
const plain = (text: string): string | null => {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(text.trim())?.[1] ?? text.trim();
  const address = (/^(\d+(?:\.\d+){3}):\d+$/.exec(bare)?.[1] ?? bare).toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  return isIP(address) === 0 ? null : address;
};
