import { fstatSync, read, statSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const readFrom = promisify(read);
const CHUNK_BYTES = 256 * 1024;

/** Whether `path` still leads to the open file. */
export const isInPlace = (fd: number, path: string): boolean => {
  try {
    const opened = fstatSync(fd);
    const found = statSync(path);
    return opened.ino === found.ino && opened.dev === found.dev;
  } catch {
    return false;
  }
};

/**
 * Writes the first `end` bytes of an open file to `path` again, instead of whatever is there. The folder is made again, the one around it is not.
 * Without room or rights nothing changes.
 */
export const putBack = async (fd: number, end: number, path: string): Promise<void> => {
  const unfinished = `${path}.tmp`;
  try {
    await mkdir(dirname(path), { mode: 0o700 }).catch(() => undefined); // it is there, or opening says what is wrong
    await copy(fd, end, unfinished);
    await rename(unfinished, path);
  } catch {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
};

const copy = async (fd: number, end: number, to: string): Promise<void> => {
  const file = await open(to, 'w', 0o600);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let done = 0; done < end;) {
      const { bytesRead } = await readFrom(fd, buffer, 0, Math.min(buffer.length, end - done), done);
      if (bytesRead === 0) return;
      await file.writeFile(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
  } finally {
    await file.close();
  }
};
