import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretBox, SecretPlace } from '../../application/ports/secret-box.js';
import { DomainError } from '../../domain/errors.js';
import { LOST_KEY_ID } from '../../domain/script/env-entry.js';
import type { SecretKey } from './secret-key.js';

export interface SecretKeys {
  /** All there are, the one for new secrets first. */
  readonly present: () => readonly SecretKey[];
  /** The one for new secrets, made if there is none. */
  readonly current: () => SecretKey;
}

/**
 * Seals with AES-256-GCM and a random nonce (NIST SP 800-38D). The place is authenticated with the value, so that a ciphertext that was
 * moved to another script or name does not open.
 */
export const makeAesSecretBox = ({ present, current }: SecretKeys): SecretBox => {
  const find = (keyId: string): SecretKey | undefined => present().find(({ id }) => id === keyId);
  return {
    seal: async (value, place) => {
      const key = current();
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key.bytes, nonce).setAAD(authenticated(place));
      const text = Buffer.from(value);
      const ciphertext = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
      return { keyId: key.id, ciphertext: ciphertext.toString('base64'), bytes: text.length };
    },
    open: async (sealed, place) => {
      const key = find(sealed.keyId);
      if (!key) throw unreadable(place, whyNoKey(sealed.keyId));
      try {
        return decrypt(key, Buffer.from(sealed.ciphertext, 'base64'), authenticated(place));
      } catch {
        throw unreadable(place, 'what is stored of it was changed, or belongs to another script or name');
      }
    },
    knows: ({ keyId }) => find(keyId) !== undefined,
    isCurrent: ({ keyId }) => keyId === present()[0]?.id,
  };
};

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const decrypt = (key: SecretKey, stored: Buffer, authenticated: Buffer): string => {
  const decipher = createDecipheriv(ALGORITHM, key.bytes, stored.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(authenticated).setAuthTag(stored.subarray(-TAG_BYTES));
  const text = decipher.update(stored.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString();
};

/** Neither an id nor the name of a variable holds a NUL. */
const authenticated = ({ scriptId, key }: SecretPlace): Buffer => Buffer.from(`runlet secret\0${scriptId}\0${key}`);

const whyNoKey = (keyId: string): string =>
  keyId === LOST_KEY_ID
    ? 'its key was lost; give it a new value'
    : `it was sealed with the key ${keyId}, which this server does not have`;

const unreadable = ({ key }: SecretPlace, why: string): DomainError =>
  new DomainError('secret.unreadable', `the secret ${key} cannot be read: ${why}`);
