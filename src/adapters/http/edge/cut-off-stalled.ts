import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { unacknowledgedBytes } from './unacknowledged-bytes.js';

/** How often the client is looked at within the time that it has. Looks are counted, so that a pause of this process is not held against it. */
const LOOKS = 4;

/**
 * Watches an answer that was handed over for sending, and closes its connection when the client has taken nothing of it for `ms`, or up
 * to half as long again. An answer that waits for us, or for the one before it on its connection, may take as long as it likes.
 */
export const cutOffWhenStalled = (res: ServerResponse, ms: number): void => {
  if (res.writableFinished || res.destroyed || res.closed) return;
  const { socket } = res.req;
  let idleLooks = 0;
  let waiting: number | null = null;
  let isOpen = true;
  const look = async (): Promise<void> => {
    await setImmediate(); // a drain that came while this process was busy is heard of first
    const isClientsTurn = res.socket !== null && (res.writableNeedDrain || res.writableEnded);
    // The socket drains in steps of up to megabytes, for which a slow client takes longer than it has.
    const stillWaiting = isClientsTurn ? await unacknowledgedBytes(socket) : null;
    idleLooks = isClientsTurn && stillWaiting === waiting ? idleLooks + 1 : 0;
    waiting = stillWaiting;
    if (!isOpen || socket.destroyed) return;
    if (idleLooks >= LOOKS) res.destroy();
    else timer.refresh();
  };
  const timer = setTimeout(() => void look(), ms / LOOKS);
  timer.unref();
  res.on('drain', () => (idleLooks = 0));
  res.once('close', () => {
    isOpen = false;
    clearTimeout(timer);
  });
};
