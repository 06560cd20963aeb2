import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 1024 * 1024;

/** A file system of its own on `folder`, which only root may make; null where it cannot be made. */
export const openDisk = (folder, sizeMib) => {
  const options = `size=${sizeMib}m,mode=700`;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) return null;
  const filler = join(folder, 'filler');
  return {
    /** To the last byte. */
    fill: () => {
      const file = openSync(filler, 'a');
      for (let size = MIB; size >= 1; size = Math.floor(size / 16)) while (wrote(file, size));
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    close: () => spawnSync('umount', ['-l', folder]),
  };
};

const wrote = (file, size) => {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch (error) {
    if (error.code === 'ENOSPC') return false;
    throw error;
  }
};
