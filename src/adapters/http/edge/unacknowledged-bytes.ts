import { readFile, readlink } from 'node:fs/promises';
import type { Socket } from 'node:net';

const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/**
 * How much of what was written to a TCP connection the peer has not acknowledged. The number gets smaller as the peer takes what it was
 * sent. Null where it cannot be known: other sockets, connections that are gone, systems without /proc.
 */
export const unacknowledgedBytes = async (socket: Socket): Promise<number | null> => {
  const { fd } = (socket as unknown as { _handle?: { fd?: number } | null })._handle ?? {};
  if (fd === undefined || fd < 0) return null;
  const inode = await readlink(`/proc/self/fd/${fd}`).then(
    (target) => /^socket:\[(\d+)\]$/.exec(target)?.[1],
    () => undefined,
  );
  if (inode === undefined) return null;
  for (const table of TABLES) {
    const bytes = (await queues(table)).get(inode);
    if (bytes !== undefined) return bytes;
  }
  return null;
};

const reading = new Map<string, Promise<ReadonlyMap<string, number>>>();

/** Inode of each socket → its transmit queue. Many connections that are looked at together read a table once. */
const queues = (table: string): Promise<ReadonlyMap<string, number>> => {
  const present = reading.get(table);
  if (present) return present;
  const next = readFile(table, 'latin1')
    .then(parse, () => new Map<string, number>())
    .finally(() => reading.delete(table));
  reading.set(table, next);
  return next;
};

/** `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …`, see proc(5). */
const parse = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .slice(1)
      .flatMap((row) => {
        const [, , , , queue, , , , , inode] = row.trim().split(/\s+/);
        return queue === undefined || inode === undefined ? [] : [[inode, parseInt(queue, 16)] as const];
      }),
  );
