import { statfsSync } from 'node:fs';
import { isMissing } from './file-errors.js';

/** Of a disk. The database needs it to keep how the runs ended that filled the rest. */
const RESERVED_BYTES = 16 * 1024 * 1024;

/** @throws Error `ENOSPC` when the disk has no more room than is reserved */
export const requireRoom = (folder: string): void => {
  const { blocks, bavail, bsize } = roomOf(folder);
  if (blocks === 0 || bavail * bsize > RESERVED_BYTES) return; // some file systems do not tell
  throw Object.assign(new Error('ENOSPC: no space left on device but what logs leave to the database'), {
    code: 'ENOSPC',
  });
};

/** A folder that was taken away says nothing of the disk that an open log is on. */
const roomOf = (folder: string): { blocks: number; bavail: number; bsize: number } => {
  try {
    return statfsSync(folder);
  } catch (error) {
    if (isMissing(error)) return { blocks: 0, bavail: 0, bsize: 0 };
    throw error;
  }
};
