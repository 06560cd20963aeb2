import { isDomainError } from '../../domain/errors.js';
import { LOST_KEY_ID, type SealedValue } from '../../domain/script/env-entry.js';
import type { SealedValueRepository, StoredSecret } from '../ports/sealed-value-repository.js';
import type { SecretBox } from '../ports/secret-box.js';

export interface Rotation {
  /** How many values were sealed anew, each revision's counted. */
  readonly sealed: number;
  /** What no key that is here opens: left as it was, or given up. */
  readonly unreadable: readonly StoredSecret[];
}

/**
 * Seals every secret, those of earlier revisions too, with the present key. Broken off it may be begun again.
 * @param options.forgetUnreadable gives up what cannot be read: a run of such a script fails until the secret gets a new value
 */
export type RotateSecrets = (options: { forgetUnreadable: boolean }) => Promise<Rotation>;

interface Needs {
  sealedValues: SealedValueRepository;
  secretBox: SecretBox;
}

export const makeRotateSecrets =
  ({ sealedValues, secretBox }: Needs): RotateSecrets =>
  async ({ forgetUnreadable }) => {
    let sealed = 0;
    const rotate = async (secret: StoredSecret): Promise<'replaced' | 'raced' | 'unreadable'> => {
      const next = await sealAnew(secretBox, secret);
      if (!next) return 'unreadable';
      if (!(await sealedValues.replace(secret, next))) return 'raced';
      sealed++;
      return 'replaced';
    };

    const rotateAll = async (of: 'scripts' | 'revisions'): Promise<StoredSecret[]> => {
      const unreadable: StoredSecret[] = [];
      let raced = false;
      for (const secret of await sealedValues.list(of)) {
        if (isDone(secretBox, secret.sealed)) continue;
        const outcome = await rotate(secret);
        raced ||= outcome === 'raced';
        if (outcome === 'unreadable') unreadable.push(secret);
      }
      // A server that runs on the same store has saved in between.
      return raced ? rotateAll(of) : unreadable;
    };

    const unreadable = [...(await rotateAll('revisions')), ...(await rotateAll('scripts'))];
    if (forgetUnreadable) for (const secret of unreadable) await sealedValues.replace(secret, lost(secret.sealed));
    return { sealed, unreadable };
  };

const lost = (sealed: SealedValue): SealedValue => ({ ...sealed, keyId: LOST_KEY_ID, ciphertext: '' });

const isDone = (secretBox: SecretBox, sealed: SealedValue): boolean =>
  sealed.keyId === LOST_KEY_ID || secretBox.isCurrent(sealed);

/** Null when it cannot be read. */
const sealAnew = async (secretBox: SecretBox, { scriptId, key, sealed }: StoredSecret): Promise<SealedValue | null> => {
  try {
    return await secretBox.seal(await secretBox.open(sealed, { scriptId, key }), { scriptId, key });
  } catch (error) {
    if (isDomainError(error, 'secret.unreadable')) return null;
    throw error;
  }
};
