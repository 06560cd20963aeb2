import type { Log } from '../application/ports/log.js';
import { findRunUser } from '../adapters/runners/host/find-run-user.js';
import { reachableBy } from '../adapters/runners/host/reachable-by.js';
import type { RunUser } from '../adapters/runners/host/run-user.js';
import { type Settings, SettingsError } from './settings.js';

/**
 * The user that RUN_AS names; undefined without it.
 * @throws SettingsError when scripts cannot run as that user
 */
export const readRunAs = async ({ RUN_AS: name }: Settings, path: string): Promise<RunUser | undefined> => {
  if (name === undefined) return undefined;
  if (process.getuid?.() !== 0)
    throw new SettingsError('RUN_AS: only root can run scripts as another user; leave it out');
  const user = await findUser(name, path);
  if (user.uid === 0) throw new SettingsError(`RUN_AS: ${name} is root; name a user that is not`);
  return user;
};

/**
 * Tries what the user can reach: nothing of what Runlet keeps to itself, and what scripts need.
 * @throws SettingsError when no process can become the user, or it could read `dataDir`
 */
export const requireSeparation = async (
  user: RunUser,
  dataDir: string,
  secretFiles: readonly string[],
  log: Log,
): Promise<void> => {
  const programs = [process.execPath, user.tools.bash, user.home];
  const reachable = await reachableBy(user, [dataDir, ...secretFiles, ...programs]).catch((error: unknown) => {
    throw new SettingsError(
      `RUN_AS: no process could become ${user.name}: ${(error as Error).message.trim().split('\n').at(-1)}`,
    );
  });
  if (reachable.has(dataDir))
    throw new SettingsError(
      `RUN_AS: ${user.name} can enter DATA_DIR ${dataDir}; let it belong to root, with mode 0700`,
    );
  for (const file of secretFiles) {
    if (reachable.has(file))
      log.warn({ file, user: user.name }, 'scripts can read a file of the settings: it should be closed to RUN_AS');
  }
  for (const path of programs) {
    if (!reachable.has(path)) log.warn({ path, user: user.name }, 'RUN_AS cannot reach what scripts need');
  }
};

const findUser = async (name: string, path: string): Promise<RunUser> => {
  try {
    return await findRunUser(name, path);
  } catch (error) {
    throw new SettingsError(`RUN_AS: ${(error as Error).message}`);
  }
};
