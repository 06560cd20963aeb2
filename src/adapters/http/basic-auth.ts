import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Authenticate } from './authenticate.js';
import { HttpError } from './http-error.js';
import { matchesPassword, type PasswordHash, unmatchableHash } from './password-hash.js';

/** Somebody who may do everything: with a plain password from the settings, or a hashed one from ADMIN_USERS_FILE. */
export type Admin =
  { readonly name: string; readonly password: string } | { readonly name: string; readonly passwordHash: PasswordHash };

/** scrypt at once, so that guesses leave libuv's threads to files and the store. */
const CHECKS_AT_ONCE = 2;
const CHECKS_WAITING = 64;

/** Basic authentication (RFC 7617). How long it takes tells neither whether a name exists nor how much of a password is right. */
export const makeBasicAuth = ({ admins }: { admins: readonly Admin[] }): Authenticate => {
  const names = new Set(admins.map(({ name }) => name));
  if (names.size < admins.length) throw new Error('two admins have the same name');
  const key = randomBytes(32);
  const digest = ({ name, password }: Credentials): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([name, password]))
      .digest();
  const plain = admins.filter((admin) => 'password' in admin).map(digest);
  const checkHash = makeHashCheck(admins);

  return async ({ headers }) => {
    const given = readCredentials(headers.authorization);
    if (!given) return null;
    const pair = digest(given);
    let known = false;
    for (const right of plain) known = timingSafeEqual(right, pair) || known;
    return known || (await checkHash(given, pair.toString('hex'))) ? { type: 'admin', name: given.name } : null;
  };
};

interface Credentials {
  readonly name: string;
  readonly password: string;
}

const readCredentials = (header: string | undefined): Credentials | null => {
  const [, token] = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '') ?? [];
  const pair = token === undefined ? '' : Buffer.from(token, 'base64').toString();
  const colon = pair.indexOf(':');
  return colon === -1 ? null : { name: pair.slice(0, colon), password: pair.slice(colon + 1) };
};

/** Where any admin has a hash, each check costs one scrypt, whatever the name; what was found right is remembered by its digest. */
const makeHashCheck = (admins: readonly Admin[]): ((given: Credentials, pair: string) => Promise<boolean>) => {
  const hashes = new Map(
    admins.flatMap((admin) => ('passwordHash' in admin ? [[admin.name, admin.passwordHash]] : [])),
  );
  if (hashes.size === 0) return () => Promise.resolve(false);
  const nobody = unmatchableHash();
  const right = new Set<string>();
  const checking = new Map<string, Promise<boolean>>();
  const inTurn = boundedTurns();

  return async ({ name, password }, pair) => {
    if (right.has(pair)) return true;
    let check = checking.get(pair);
    if (!check) {
      check = inTurn(() => matchesPassword(password, hashes.get(name) ?? nobody)).finally(() => checking.delete(pair));
      checking.set(pair, check);
    }
    const matches = await check;
    if (matches) right.add(pair);
    return matches;
  };
};

const boundedTurns = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= CHECKS_AT_ONCE) {
      if (waiting.length >= CHECKS_WAITING) {
        throw new HttpError('auth.busy', 'too many passwords are being checked at once; try again in a moment');
      }
      await new Promise<void>((resolve) => waiting.push(resolve)); // takes over the turn of the one that ends
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
};
