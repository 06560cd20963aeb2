import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a browser and a server, as routers and proxies do. */
export interface Forwarder {
  /** Of the way through it. */
  readonly url: string;
  /**
   * Forgets the connections there are, or those over which a stream was opened: neither bytes nor ends pass any more, and nobody is told.
   */
  forget(which?: 'streams'): void;
  close(): Promise<void>;
}

/** @param passes whether what a server answers passes; what does not is held back for ever */
export const startForwarder = async (
  serverUrl: string,
  { passes = () => true }: { passes?: (answer: Buffer) => boolean } = {},
): Promise<Forwarder> => {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const connections: { isForgotten: boolean; hasStream: boolean }[] = [];
  const forwarder = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true });
    const connection = { isForgotten: false, hasStream: false };
    connections.push(connection);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes: Buffer) => {
        connection.hasStream ||= from === server && bytes.includes('text/event-stream');
        if (!connection.isForgotten && (from === client || passes(bytes))) to.write(bytes);
      });
      from.on('end', () => {
        if (!connection.isForgotten) to.end();
      });
      from.on('error', () => undefined);
      from.once('close', () => {
        sockets.delete(from);
        if (!connection.isForgotten) to.destroy();
      });
    }
  });
  forwarder.listen(0, '127.0.0.1');
  await once(forwarder, 'listening');
  return {
    url: `http://127.0.0.1:${(forwarder.address() as AddressInfo).port}`,
    forget: (which) => {
      for (const each of connections) each.isForgotten ||= which === undefined || each.hasStream;
    },
    close: async () => {
      forwarder.close();
      for (const socket of sockets) socket.destroy();
      await once(forwarder, 'close');
    },
  };
};
