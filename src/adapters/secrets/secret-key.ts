import { createHmac, randomBytes } from 'node:crypto';

/** What secrets are sealed with: a key for AES-256, and the name that its ciphertexts carry. */
export interface SecretKey {
  readonly id: string;
  readonly bytes: Buffer;
}

const KEY_BYTES = 32;
/** Of 32 random bytes fewer are different once in 10^15 keys; what somebody typed has fewer. */
const LEAST_DIFFERENT_BYTES = 16;

/** @param text 32 bytes in base64 or in hex. @throws Error saying what it must be, without the text */
export const parseSecretKey = (text: string): SecretKey => {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : fromBase64(text);
  if (bytes?.length !== KEY_BYTES) throw new Error(`must be ${KEY_BYTES} bytes in base64 or in hex; ${ADVICE}`);
  if (new Set(bytes).size < LEAST_DIFFERENT_BYTES) throw new Error(`is not random enough; ${ADVICE}`);
  return keyOf(bytes);
};

export const makeSecretKey = (): SecretKey => keyOf(randomBytes(KEY_BYTES));

/** As `parseSecretKey` reads it. */
export const printSecretKey = ({ bytes }: SecretKey): string => bytes.toString('base64');

const ADVICE = 'make one with: openssl rand -base64 32';

const fromBase64 = (text: string): Buffer | null => (/^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : null);

/** The name tells nothing of the key but whether it is the same. */
const keyOf = (bytes: Buffer): SecretKey => ({
  bytes,
  id: createHmac('sha256', bytes).update('runlet secret key id').digest('hex').slice(0, 16),
});
