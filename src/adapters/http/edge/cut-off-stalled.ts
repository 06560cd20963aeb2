import type { ServerResponse } from 'node:http';

/**
 * Watches an answer that was handed over for sending, and closes its connection when the client takes nothing of it for `ms`. An answer
 * that waits for us, not for its client, may take as long as it likes.
 */
export const cutOffWhenStalled = (res: ServerResponse, ms: number): void => {
  if (res.writableFinished || res.destroyed || res.closed) return;
  const timer = setTimeout(() => {
    if (res.writableNeedDrain || res.writableEnded) res.destroy();
    else timer.refresh();
  }, ms);
  timer.unref();
  res.on('drain', () => timer.refresh());
  res.once('close', () => clearTimeout(timer));
};
