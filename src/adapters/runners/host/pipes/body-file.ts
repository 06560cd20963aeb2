import { closeSync, fchownSync, openSync, rmSync, writeFileSync } from 'node:fs';
import type { RunUser } from '../run-user.js';
import type { GivenFile } from '../spawn/starter.js';

/**
 * A text as a file, opened for reading at its beginning; the caller closes it and removes its name.
 * @param path in a folder that is ours alone
 * @throws the file system's error; then nothing is left.
 */
export const openBody = (path: string, text: string, user?: RunUser): GivenFile => {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
    const fd = openSync(path, 'r');
    if (user) giveTo(user, fd);
    return { fd, path, access: 'read', isPipe: false };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
};

/** An empty file that a process reports in; the caller reads it from `fd`, closes it and removes its name. */
export const openReport = (path: string): GivenFile => ({
  fd: openSync(path, 'wx+', 0o600),
  path,
  access: 'append',
  isPipe: false,
});

/** Opening /dev/fd/3 asks for permission again, as the user the script runs as. */
const giveTo = ({ uid, gid }: RunUser, fd: number): void => {
  try {
    fchownSync(fd, uid, gid);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};
