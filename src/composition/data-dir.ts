import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { takeExclusiveLock } from '../adapters/persistence/sqlite/exclusive-lock.js';
import { requireAccess } from './data-dir-access.js';
import { SecretKeyFile } from './secret-key-file.js';
import { SettingsError } from './settings.js';
import { readTextFile } from './text-file.js';

/** The folder that is one server's own: nobody else may read it, and no second server may use it. */
export interface DataDir {
  readonly path: string;
  /** The password of the first start, made when there is none. */
  adminPassword(): { readonly password: string; readonly file: string; readonly isNew: boolean };
  /** The key of the secrets, where the settings name none. */
  readonly secretKey: SecretKeyFile;
  release(): void;
}

/** @throws SettingsError when the folder cannot be used. */
export const openDataDir = (path: string): DataDir => {
  prepare(path);
  const lockFile = join(path, 'lock');
  // Before SQLite makes it: a journal beside it gets the same mode.
  if (!existsSync(lockFile)) closeSync(openSync(lockFile, 'a', 0o600));
  const lock = takeExclusiveLock(lockFile);
  if (!lock) {
    throw new SettingsError(
      `DATA_DIR: ${path} is in use by another server; stop it, or name another folder for this one`,
    );
  }
  chmodSync(lockFile, 0o600);
  readOrMake(join(path, 'server-id'), newServerId);
  return {
    path,
    adminPassword: () => {
      const file = join(path, 'admin-password');
      const { value, isNew } = readOrMake(file, () => randomBytes(18).toString('base64url'));
      return { password: value, file, isNew };
    },
    secretKey: new SecretKeyFile(join(path, 'secret-key')),
    release: () => {
      lock.release();
    },
  };
};

/** The runs that a server accepts carry its id. */
export const newServerId = (): string => randomBytes(12).toString('hex');

const prepare = (path: string): void => {
  try {
    makeFolder(path);
    requireAccess(path);
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(`DATA_DIR: ${path} cannot be used: ${(error as Error).message}`);
  }
};

/** Not by mkdir's own `recursive`: where a file system says of a folder in it that it does not exist, as /proc does, Node tries for ever. */
const makeFolder = (path: string): void => {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
};

const readOrMake = (file: string, make: () => string): { value: string; isNew: boolean } => {
  try {
    const value = make();
    writeFileSync(file, `${value}\n`, { flag: 'wx', mode: 0o600 });
    return { value, isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const value = readOwnFile(file).trim();
  if (value === '') throw new SettingsError(`DATA_DIR: the file ${file} is empty; delete it to have a new one made`);
  return { value, isNew: false };
};

const readOwnFile = (file: string): string => {
  try {
    return readTextFile(file);
  } catch (error) {
    throw new SettingsError(`DATA_DIR: the file ${file} ${(error as Error).message}`);
  }
};
