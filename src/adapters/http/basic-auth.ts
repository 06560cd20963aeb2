import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Admitted } from './authenticate.js';
import { HttpError } from './http-error.js';
import { costOf, isSameHash, matchesPassword, type PasswordHash, unmatchableHash } from './password-hash.js';

/** Somebody who may do everything: with a plain password from the settings, or a hashed one from ADMIN_USERS_FILE. */
export type Admin =
  { readonly name: string; readonly password: string } | { readonly name: string; readonly passwordHash: PasswordHash };

/** scrypt at once, so that guesses leave libuv's threads to files and the store. */
const CHECKS_AT_ONCE = 2;
const CHECKS_WAITING = 64;

/** Basic authentication (RFC 7617). How long it takes tells neither whether a name exists nor how much of a password is right. */
export interface BasicAuth {
  (request: IncomingMessage): Promise<Admitted | null>;
  /**
   * Lets in these admins from now on, and nobody else. Whoever is not among them any more, or has another password, is forgotten and
   * their access withdrawn. Answers their names.
   */
  replace(admins: readonly Admin[]): readonly string[];
}

/** What was given and found right is remembered by its digest, under a key that nobody else has. */
interface Entry {
  readonly admin: Admin;
  /** Of name and password; null for a hashed password until it was shown. */
  right: Buffer | null;
  readonly access: AbortController;
}

export const makeBasicAuth = ({ admins }: { admins: readonly Admin[] }): BasicAuth => {
  const key = randomBytes(32);
  const nobody = randomBytes(32);
  const digest = ({ name, password }: Credentials): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([name, password]))
      .digest();
  const entryOf = (admin: Admin): Entry => {
    const access = new AbortController();
    setMaxListeners(0, access.signal); // every stream of that admin listens
    return { admin, right: 'password' in admin ? digest(admin) : null, access };
  };
  const check = makeHashCheck();
  let entries = byName(admins, entryOf);
  let hashes = hashesOf(admins);

  const isRight = async (given: Credentials, pair: Buffer): Promise<boolean> => {
    const entry = entries.get(given.name);
    const known = timingSafeEqual(entry?.right ?? nobody, pair);
    if (known || hashes.length === 0) return known;
    const hash = entry && 'passwordHash' in entry.admin ? entry.admin.passwordHash : null;
    if (!(await check(given.password, pair.toString('hex'), hash, hashes)) || !entry) return false;
    entry.right = pair;
    return entries.get(given.name) === entry; // nobody took the access away meanwhile
  };

  const authenticate = async ({ headers }: IncomingMessage): Promise<Admitted | null> => {
    const given = readCredentials(headers.authorization);
    if (!given || !(await isRight(given, digest(given)))) return null;
    const access = entries.get(given.name)?.access;
    return access ? { type: 'admin', name: given.name, withdrawn: access.signal } : null;
  };

  const replace = (next: readonly Admin[]): readonly string[] => {
    const before = entries;
    entries = byName(next, (admin) => {
      const entry = before.get(admin.name);
      return entry && isSame(entry.admin, admin) ? entry : entryOf(admin);
    });
    hashes = hashesOf(next);
    const withdrawn = [...before.values()].filter((entry) => entries.get(entry.admin.name) !== entry);
    for (const { access } of withdrawn) access.abort(WITHDRAWN);
    return withdrawn.map(({ admin }) => admin.name);
  };

  return Object.assign(authenticate, { replace });
};

const WITHDRAWN = new Error('the access was taken away');

const byName = (admins: readonly Admin[], entryOf: (admin: Admin) => Entry): ReadonlyMap<string, Entry> => {
  const entries = new Map(admins.map((admin) => [admin.name, entryOf(admin)]));
  if (entries.size < admins.length) throw new Error('two admins have the same name');
  return entries;
};

const hashesOf = (admins: readonly Admin[]): readonly PasswordHash[] =>
  admins.flatMap((admin) => ('passwordHash' in admin ? [admin.passwordHash] : []));

const isSame = (a: Admin, b: Admin): boolean =>
  'password' in a
    ? 'password' in b && a.password === b.password
    : 'passwordHash' in b && isSameHash(a.passwordHash, b.passwordHash);

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

/**
 * Compares passwords with hashes: with a hash of every cost that there is, so that the time depends neither on whether a name exists
 * nor on whose it is. The same pair of name and password is checked once, however many ask at the same moment.
 */
const makeHashCheck = () => {
  const checking = new Map<string, Promise<boolean>>();
  const inTurn = boundedTurns();
  return (
    password: string,
    pair: string,
    hash: PasswordHash | null,
    all: readonly PasswordHash[],
  ): Promise<boolean> => {
    const key = `${pair} ${hash?.digest.toString('hex')}`; // a hash may have been replaced since the check began
    const present = checking.get(key);
    if (present) return present;
    const check = inTurn(() => matchesAmong(password, hash, all)).finally(() => checking.delete(key));
    checking.set(key, check);
    return check;
  };
};

const matchesAmong = async (
  password: string,
  hash: PasswordHash | null,
  all: readonly PasswordHash[],
): Promise<boolean> => {
  const own = hash && costOf(hash);
  let matches = false;
  for (const [cost, one] of new Map(all.map((each) => [costOf(each), each]))) {
    const isOwn = cost === own;
    const right = await matchesPassword(password, isOwn && hash ? hash : unmatchableHash(one));
    matches = (isOwn && right) || matches;
  }
  return matches;
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
