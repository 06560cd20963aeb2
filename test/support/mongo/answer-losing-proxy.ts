import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between the driver and a MongoDB. While it loses answers, requests arrive and are carried out, but the connection breaks instead of the answer. */
export interface AnswerLosingProxy {
  /** Connection string of the way through it. */
  readonly uri: string;
  loseAnswers(lose: boolean): void;
  close(): Promise<void>;
}

/** @param uri names one server. */
export const startAnswerLosingProxy = async (uri: string): Promise<AnswerLosingProxy> => {
  const target = new URL(uri);
  let losing = false;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(target.port || 27017), target.hostname);
    server.on('data', (answer) => (losing ? client.destroy() : client.write(answer)));
    client.pipe(server);
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
    loseAnswers: (lose) => void (losing = lose),
    close: async () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await once(proxy, 'close');
    },
  };
};
