import { closeSync, fchownSync, openSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import type { RunUser } from '../run-user.js';

/**
 * The script's text as a file that has no name any more, opened for reading at its beginning; the caller closes it.
 * @param path where it may stand for a moment, in a folder that is ours alone
 * @throws the file system's error; then nothing is left.
 */
export const openBody = (path: string, text: string, user?: RunUser): number => {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
    const fd = openSync(path, 'r');
    if (user) giveTo(user, fd);
    unlinkSync(path);
    return fd;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
};

/** Opening /dev/fd/3 asks for permission again, as the user the script runs as. */
const giveTo = ({ uid, gid }: RunUser, fd: number): void => {
  try {
    fchownSync(fd, uid, gid);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};
