import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const FILES = 50;
/** Twice what a new file takes on a disk at rest. */
const DEAR_MS = 0.05;
const LOOK_MS = 10_000;
/** Longer than ext4 without a journal passes over what was deleted. */
const PATIENCE_MS = 7 * 60_000;

/**
 * Waits while new files are dear because others were deleted a moment ago; see README.md. Says so, and gives up after a while.
 * @returns what a new file takes, in ms
 */
export const restedDisk = async (workspace) => {
  const folder = workspace.newFolder('files');
  const until = performance.now() + PATIENCE_MS;
  for (let look = 0; ; look++) {
    const ms = newFileMs(folder, look);
    if (ms < DEAR_MS || performance.now() > until) return ms;
    if (look === 0) {
      const patience = `waiting, up to ${PATIENCE_MS / 60_000} minutes, until the disk has got over what was deleted`;
      process.stderr.write(`a new file takes ${ms.toFixed(2)} ms: ${patience}\n`);
    }
    await pause(LOOK_MS);
  }
};

const newFileMs = (folder, look) => {
  const startedAt = performance.now();
  for (let n = 0; n < FILES; n++) closeSync(openSync(join(folder, `${look}-${n}`), 'wx'));
  return (performance.now() - startedAt) / FILES;
};
