import type { StoredSecret } from '../application/ports/sealed-value-repository.js';
import { makeRotateSecrets, type Rotation } from '../application/use-cases/rotate-secrets.js';
import { openDataDir, type DataDir } from './data-dir.js';
import { makeLog } from './logger.js';
import { openStore } from './open-store.js';
import { openSecretBox, type OwnKeys } from './secrets.js';
import { readSettings, type Settings, type SettingsInput } from './settings.js';

/**
 * Seals all secrets with SECRET_KEY or, without one, with a new key that takes the place of the one in DATA_DIR. No server may be running
 * on DATA_DIR.
 * @returns what was done, a line each, and whether all could be read
 * @throws SettingsError, or Error saying what to do about the store
 */
export const rotateSecrets = async (
  input: SettingsInput,
  options: { forgetUnreadable: boolean },
): Promise<{ lines: readonly string[]; complete: boolean }> => {
  const settings = readSettings(input);
  const dataDir = openDataDir(settings.DATA_DIR);
  try {
    const store = await openStore(settings, dataDir, makeLog(settings.LOG_LEVEL));
    try {
      const secretBox = openSecretBox(settings, settings.SECRET_KEY ? dataDir.secretKey : nextKeys(dataDir));
      const rotation = await makeRotateSecrets({ sealedValues: store.sealedValues, secretBox })(options);
      if (!settings.SECRET_KEY) dataDir.secretKey.finishRotation();
      const complete = options.forgetUnreadable || rotation.unreadable.length === 0;
      return { lines: report(rotation, settings, dataDir, options.forgetUnreadable), complete };
    } finally {
      await store.close();
    }
  } finally {
    dataDir.release();
  }
};

const nextKeys = ({ secretKey }: DataDir): OwnKeys => {
  const next = secretKey.next();
  return { present: () => [next, ...secretKey.present()], current: () => next };
};

const report = (
  { sealed, unreadable }: Rotation,
  { SECRET_KEY: given, SECRET_KEY_OLD: old }: Settings,
  { secretKey }: DataDir,
  forgotten: boolean,
): string[] => [
  `${sealed} ${sealed === 1 ? 'value was' : 'values were'} sealed with ${given ? 'SECRET_KEY' : `the new key in ${secretKey.path}`}, those of earlier revisions counted.`,
  ...unreadable.map(
    (secret) => `${place(secret)} cannot be read with the keys that are here${forgotten ? ' and was given up' : ''}.`,
  ),
  ...(old && unreadable.length === 0 ? ['SECRET_KEY_OLD is not needed any more.'] : []),
  ...(given && secretKey.present().length > 0 && unreadable.length === 0
    ? [`${secretKey.path} is not needed any more.`]
    : []),
];

const place = ({ key, scriptName, scriptId, revision }: StoredSecret): string =>
  `${key} of the script "${scriptName ?? scriptId}"${revision === null ? '' : `, revision ${revision},`}`;
