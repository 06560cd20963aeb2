import { closeSync, openSync } from 'node:fs';
import type { SpawnAnswer, SpawnRequest } from './spawner-protocol.js';
import { StartError, startProcess } from './start-process.js';

/*
 * Starts scripts for the server. fork() copies the page tables of the process that calls it, so it takes longer the larger that is; this
 * one stays small. It holds nothing of its own: when the server is gone it goes too, and scripts that run are the next start's to end.
 */

const answer = (message: SpawnAnswer): void => void process.send?.(message);

const serve = async ({ id, start }: SpawnRequest): Promise<void> => {
  const opened: number[] = [];
  const open = (fd: number, flags: 'r' | 'w'): number => {
    const own = openOfServer(fd, flags);
    opened.push(own);
    return own;
  };
  try {
    const fds = start.fds.map((fd, index) => open(fd, index < 2 ? 'w' : 'r'));
    const { pid, startTime, ended } = await startProcess({ ...start, fds });
    answer({ id, pid, startTime });
    void ended.then((end) => answer({ id, end }));
  } catch (error) {
    const reason = error instanceof StartError ? error.reason : 'spawn-failed';
    answer({ id, refused: (error as Error).message, reason });
  } finally {
    for (const fd of opened) closeSync(fd);
  }
};

/** Opens anew what the server has open, whether or not it still has a name. */
const openOfServer = (fd: number, flags: 'r' | 'w'): number => openSync(`/proc/${process.ppid}/fd/${fd}`, flags);

process.on('message', (request) => void serve(request as SpawnRequest));
process.once('disconnect', () => process.exit());
