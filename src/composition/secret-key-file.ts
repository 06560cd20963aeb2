import { closeSync, existsSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { makeSecretKey, parseSecretKey, printSecretKey, type SecretKey } from '../adapters/secrets/secret-key.js';
import { SettingsError } from './settings.js';
import { readTextFile } from './text-file.js';

/** The key in DATA_DIR, for a server whose settings name none. */
export class SecretKeyFile {
  readonly path: string;
  /** The key to come while a rotation is under way. */
  readonly #nextPath: string;

  constructor(path: string) {
    this.path = path;
    this.#nextPath = `${path}.next`;
  }

  /** The key, and after it the one of a rotation that was broken off. @throws SettingsError naming the file that holds no key */
  present(): readonly SecretKey[] {
    return [read(this.path), read(this.#nextPath)].filter((key) => key !== null);
  }

  /** The key, made if there is none. */
  current(): SecretKey {
    return read(this.path) ?? make(this.path);
  }

  /** The key that a rotation goes on to, the same until `finishRotation`. */
  next(): SecretKey {
    return read(this.#nextPath) ?? make(this.#nextPath);
  }

  finishRotation(): void {
    renameSync(this.#nextPath, this.path);
  }
}

const read = (path: string): SecretKey | null => {
  if (!existsSync(path)) return null;
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    throw new SettingsError(`DATA_DIR: the key of its secrets, ${path}, ${(error as Error).message}`);
  }
  try {
    return parseSecretKey(text.trim());
  } catch {
    throw new SettingsError(
      `DATA_DIR: ${path} holds no key; put back the one that was there, or delete it if there are no secrets`,
    );
  }
};

/** On the disk before anything is sealed with it. */
const make = (path: string): SecretKey => {
  const key = makeSecretKey();
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeSync(fd, `${printSecretKey(key)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return key;
};
