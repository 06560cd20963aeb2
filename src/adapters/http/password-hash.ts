import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** A scrypt hash with what it was made with (RFC 7914): cost `2 ** logN`, block size, parallelization. */
export interface PasswordHash {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

/** As strong as 2^17/8/1 by OWASP's Password Storage Cheat Sheet, with 16 MiB instead of 128. */
const COST = { logN: 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const DIGEST_BYTES = 32;

/** A line's hash for ADMIN_USERS_FILE, in the PHC string format: `$scrypt$ln=14,r=8,p=5$<salt>$<hash>`. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(SALT_BYTES);
  const digest = await derive(password, { ...COST, salt, digest: Buffer.alloc(DIGEST_BYTES) });
  return `$scrypt$ln=${COST.logN},r=${COST.r},p=${COST.p}$${base64(salt)}$${base64(digest)}`;
};

/** Null when `text` is no scrypt hash, or one that would take more than 128 MiB or some seconds to check. */
export const parsePasswordHash = (text: string): PasswordHash | null => {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(text);
  if (!match) return null;
  const [logN, r, p] = match.slice(1, 4).map(Number) as [number, number, number];
  const [salt, digest] = match.slice(4).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer];
  const affordable = logN >= 10 && logN <= 17 && r >= 1 && r <= 8 && p >= 1 && p <= 16;
  return affordable && salt.length >= 8 && salt.length <= 64 && digest.length >= 16 && digest.length <= 64
    ? { logN, r, p, salt, digest }
    : null;
};

export const matchesPassword = async (password: string, hash: PasswordHash): Promise<boolean> =>
  timingSafeEqual(await derive(password, hash), hash.digest);

/** A hash that no password matches, which costs as much to check as this one. */
export const unmatchableHash = ({ logN, r, p, salt, digest }: PasswordHash): PasswordHash => ({
  logN,
  r,
  p,
  salt: randomBytes(salt.length),
  digest: randomBytes(digest.length),
});

/** Hashes of the same cost take the same time to check. */
export const costOf = ({ logN, r, p, digest }: PasswordHash): string => [logN, r, p, digest.length].join(' ');

export const isSameHash = (a: PasswordHash, b: PasswordHash): boolean =>
  costOf(a) === costOf(b) && a.salt.equals(b.salt) && a.digest.equals(b.digest);

const derive = (password: string, { logN, r, p, salt, digest }: PasswordHash): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const N = 2 ** logN;
    scrypt(password, salt, digest.length, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
