import { parsePasswordHash, type PasswordHash } from './password-hash.js';

export interface HashedAdmin {
  readonly name: string;
  readonly passwordHash: PasswordHash;
}

/**
 * The admins of ADMIN_USERS_FILE: `name:scrypt-hash` a line; empty lines and those that begin with `#` are skipped.
 * @throws Error naming the line, never what stands in it: it may be a password
 */
export const parseUsersFile = (text: string): HashedAdmin[] => {
  const admins = new Map<string, HashedAdmin>();
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return;
    const admin = parseLine(line, index + 1);
    if (admins.has(admin.name))
      throw new Error(`line ${index + 1}: the name is on an earlier line too; keep one of them`);
    admins.set(admin.name, admin);
  });
  return [...admins.values()];
};

const parseLine = (line: string, number: number): HashedAdmin => {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trim();
  if (colon === -1 || name === '') {
    throw new Error(`line ${number}: write name:scrypt-hash; npm run hash-password makes the hash`);
  }
  if (/\p{Cc}/u.test(name)) throw new Error(`line ${number}: the name must not hold control characters`);
  const passwordHash = parsePasswordHash(line.slice(colon + 1).trim());
  if (!passwordHash) {
    throw new Error(`line ${number}: what follows the name is no scrypt hash; npm run hash-password makes one`);
  }
  return { name, passwordHash };
};
