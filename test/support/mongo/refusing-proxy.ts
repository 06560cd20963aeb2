import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { BSON } from 'mongodb';

/** A command as the driver sends it: `{ findAndModify: 'script_runs', update: … }`. */
export type Command = Readonly<Record<string, unknown>>;

export interface Refusal {
  readonly code: number;
  readonly codeName: string;
  readonly errmsg: string;
}

/** Stands between the driver and a MongoDB, and refuses commands: without a refusal as a validator of the collection would. */
export interface RefusingProxy {
  /** Connection string of the way through it. */
  readonly uri: string;
  /** Null: nothing is refused. */
  refuse(which: ((command: Command) => boolean) | null, refusal?: Refusal): void;
  close(): Promise<void>;
}

const OP_MSG = 2013;
const HEADER_BYTES = 16;

/** @param uri names one server. */
export const startRefusingProxy = async (uri: string): Promise<RefusingProxy> => {
  const target = new URL(uri);
  let refuses: ((command: Command) => boolean) | null = null;
  let answer = INVALID;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(target.port || 27017), target.hostname);
    let rest = Buffer.alloc(0);
    client.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= HEADER_BYTES && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        if (refuses?.(commandOf(message)) === true) client.write(refusalOf(message, answer));
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
    refuse: (which, refusal = INVALID) => {
      refuses = which;
      answer = refusal;
    },
    close: async () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await once(proxy, 'close');
    },
  };
};

/** The body of an OP_MSG, the section of kind 0 that comes first; empty for other messages. */
const commandOf = (message: Buffer): Command => {
  const isCommand = message.readInt32LE(12) === OP_MSG && message[HEADER_BYTES + 4] === 0;
  if (!isCommand) return {};
  const body = message.subarray(HEADER_BYTES + 5);
  return BSON.deserialize(body.subarray(0, body.readInt32LE(0)));
};

const INVALID: Refusal = {
  code: 121,
  codeName: 'DocumentValidationFailure',
  errmsg: 'Document failed validation',
};

const refusalOf = (message: Buffer, refusal: Refusal): Buffer => {
  const body = BSON.serialize({ ok: 0, ...refusal });
  const answer = Buffer.alloc(HEADER_BYTES + 5);
  answer.writeInt32LE(answer.length + body.length, 0);
  answer.writeInt32LE(message.readInt32LE(4), 8); // responseTo
  answer.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([answer, body]);
};
