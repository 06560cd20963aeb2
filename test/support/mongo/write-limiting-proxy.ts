import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between the driver and a MongoDB, and lets a number of writes pass. From the next one on nothing passes at all, as if the process had died. */
export interface WriteLimitingProxy {
  /** Connection string of the way through it. */
  readonly uri: string;
  /** @param writes how many more may pass */
  limit(writes: number): void;
  /** Whether a write was kept from passing. */
  readonly exceeded: boolean;
  close(): Promise<void>;
}

/** @param uri names one server. */
export const startWriteLimitingProxy = async (uri: string): Promise<WriteLimitingProxy> => {
  const target = new URL(uri);
  let left = Infinity;
  let exceeded = false;
  const sockets = new Set<Socket>();
  const die = () => {
    exceeded = true;
    for (const socket of sockets) socket.destroy();
  };
  const proxy = createServer((client) => {
    if (exceeded) {
      client.destroy();
      return;
    }
    const server = connect(Number(target.port || 27017), target.hostname);
    let unread = Buffer.alloc(0);
    client.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      for (;;) {
        const length = unread.length >= 4 ? unread.readInt32LE(0) : Infinity;
        if (unread.length < length || exceeded) return;
        const message = unread.subarray(0, length);
        unread = unread.subarray(length);
        if (WRITES.has(commandIn(message)) && left-- <= 0) die();
        else server.write(message);
      }
    });
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        other.end();
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const through = new URL(uri);
  through.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  through.searchParams.set('directConnection', 'true');
  return {
    uri: through.href,
    limit: (writes) => void (left = writes),
    get exceeded() {
      return exceeded;
    },
    close: async () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await once(proxy, 'close');
    },
  };
};

const WRITES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'findAndModify']);
const OP_MSG = 2013;

/** The first name in the document of an OP_MSG: header of 16 bytes, flags, kind of section, length of the document, type of the value. */
const commandIn = (message: Buffer): string => {
  if (message.readInt32LE(12) !== OP_MSG) return '';
  return message.toString('latin1', 26, message.indexOf(0, 26));
};
