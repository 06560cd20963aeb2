import { statfsSync } from 'node:fs';

/** Of a disk. The database needs it to keep how the runs ended that filled the rest. */
const RESERVED_BYTES = 16 * 1024 * 1024;

/** @throws Error `ENOSPC` when the disk has no more room than is reserved */
export const requireRoom = (folder: string): void => {
  const { blocks, bavail, bsize } = statfsSync(folder);
  if (blocks === 0 || bavail * bsize > RESERVED_BYTES) return; // some file systems do not tell
  throw Object.assign(new Error('ENOSPC: no space left on device but what logs leave to the database'), {
    code: 'ENOSPC',
  });
};
