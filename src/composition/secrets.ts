import { makeAesSecretBox } from '../adapters/secrets/aes-secret-box.js';
import { makeSecretKey } from '../adapters/secrets/secret-key.js';
import type { SecretBox } from '../application/ports/secret-box.js';
import type { Store } from '../application/ports/store.js';
import { LOST_KEY_ID } from '../domain/script/env-entry.js';
import type { SecretKeyFile } from './secret-key-file.js';
import { SettingsError, type Settings } from './settings.js';

/** Where a server without SECRET_KEY has its key. */
export type OwnKeys = Pick<SecretKeyFile, 'present' | 'current'>;

/** Seals with SECRET_KEY, else with a key of the server's own, made when the first secret is saved. Either opens, and SECRET_KEY_OLD. */
export const openSecretBox = ({ SECRET_KEY: given, SECRET_KEY_OLD: old }: Settings, own: OwnKeys): SecretBox => {
  let ownKeys = own.present();
  return makeAesSecretBox({
    present: () => [...(given ? [given] : []), ...ownKeys, ...(old ? [old] : [])],
    current: () => {
      if (given) return given;
      const [key = own.current()] = ownKeys;
      if (ownKeys.length === 0) ownKeys = [key];
      return key;
    },
  });
};

/** A key that is gone with the process, as the store is that needs it. */
export const passingKeys = (): OwnKeys => {
  const key = makeSecretKey();
  return { present: () => [key], current: () => key };
};

/** @throws SettingsError when the secrets of a script were sealed with a key that is not here */
export const requireSecretKeys = async ({ sealedValues }: Store, secretBox: SecretBox): Promise<void> => {
  const stored = await sealedValues.list('scripts');
  const locked = stored.filter(({ sealed }) => sealed.keyId !== LOST_KEY_ID && !secretBox.knows(sealed));
  const [first] = locked;
  if (!first) return;
  const others = locked.length === 1 ? '' : ` and ${locked.length - 1} more`;
  throw new SettingsError(
    `SECRET_KEY: the secret ${first.key} of the script "${first.scriptName ?? first.scriptId}"${others} cannot be read without the key ` +
      `${first.sealed.keyId}: set SECRET_KEY to it, or put the file secret-key back into DATA_DIR; if it is lost, give its secrets up ` +
      'with: npm run rotate-secrets -- --forget-unreadable',
  );
};
