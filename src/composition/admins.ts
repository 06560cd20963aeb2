import type { Admin } from '../adapters/http/basic-auth.js';
import { parseUsersFile } from '../adapters/http/users-file.js';
import type { DataDir } from './data-dir.js';
import { SettingsError, type Settings } from './settings.js';
import { readTextFile } from './text-file.js';

const SHORTEST_PASSWORD_BEYOND_LOOPBACK = 12;

export interface Admins {
  readonly all: readonly Admin[];
  /** For the start line: where the password of ADMIN_USER comes from, and the password itself only when it was just made. */
  readonly hint: string;
}

/**
 * The admins that the settings name. Without ADMIN_PASS and ADMIN_USERS_FILE one with a password made once and kept in DATA_DIR.
 * @throws SettingsError
 */
export const readAdmins = (settings: Settings, dataDir: () => DataDir): Admins => {
  const { ADMIN_USER: name, ADMIN_PASS: password, ADMIN_USERS_FILE: file } = settings;
  if (password !== undefined) requireLongEnough(settings, password);
  if (file !== undefined) {
    const hint = password === undefined ? `users from ${file}` : `user ${name}, password from ADMIN_PASS`;
    return { all: readAdminsWithFile(settings, file), hint };
  }
  if (password !== undefined) return { all: [{ name, password }], hint: `user ${name}, password from ADMIN_PASS` };
  const made = dataDir().adminPassword();
  const hint = made.isNew ? `password ${made.password} (kept in ${made.file})` : `password in ${made.file}`;
  return { all: [{ name, password: made.password }], hint: `user ${name}, ${hint}` };
};

/** The admins of the users file as it is now, with the one of ADMIN_PASS. @throws SettingsError naming the line that is wrong */
export const readAdminsWithFile = (
  { ADMIN_USER: name, ADMIN_PASS: password }: Settings,
  file: string,
): readonly Admin[] => {
  const fromFile = readUsersFile(file);
  if (password === undefined) return fromFile;
  requireOtherNames(fromFile, name);
  return [{ name, password }, ...fromFile];
};

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host);

const requireLongEnough = ({ HOST }: Settings, password: string): void => {
  if (!isLoopback(HOST) && password.length < SHORTEST_PASSWORD_BEYOND_LOOPBACK) {
    throw new SettingsError(
      `ADMIN_PASS: must have at least ${SHORTEST_PASSWORD_BEYOND_LOOPBACK} characters when HOST is not loopback (it is ${HOST})`,
    );
  }
};

const readUsersFile = (file: string): Admin[] => {
  let text;
  try {
    text = readTextFile(file);
  } catch (error) {
    throw new SettingsError(`ADMIN_USERS_FILE: ${file} ${(error as Error).message}`);
  }
  let admins;
  try {
    admins = parseUsersFile(text);
  } catch (error) {
    throw new SettingsError(`ADMIN_USERS_FILE: ${file}: ${(error as Error).message}`);
  }
  if (admins.length === 0) throw new SettingsError(`ADMIN_USERS_FILE: ${file} names nobody`);
  return admins;
};

const requireOtherNames = (admins: readonly Admin[], name: string): void => {
  if (admins.some((admin) => admin.name === name)) {
    throw new SettingsError(`ADMIN_USER: ${name} is in ADMIN_USERS_FILE too; leave ADMIN_PASS out or use another name`);
  }
};
