import { accessSync, chmodSync, constants, existsSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError } from './settings.js';

/** What a server keeps in its folder; an operator may keep other files beside it. */
const OWN =
  /^(lock|lock-journal|server-id|has-database|instance\.json|admin-password|secret-key|logs|runlet\.db(-wal|-shm)?)$/;
/** Of the logs so many tell how the folder came to be. */
const LOGS_LOOKED_AT = 100;

/**
 * Sees that this server may use its folder and what is in it, and closes that to others. After a restore by root, or a command that was run
 * as root, files belong to root.
 * @throws SettingsError that names the first that it may not use, whose it is, and the cure
 */
export const requireAccess = (folder: string): void => {
  requireUsable(folder, folder, closeFolder);
  for (const name of readdirSync(folder).filter((each) => OWN.test(each))) requireUsable(folder, join(folder, name));
  const logs = join(folder, 'logs');
  if (!existsSync(logs)) return;
  const paths = readdirSync(logs)
    .slice(0, LOGS_LOOKED_AT)
    .map((name) => join(logs, name));
  // One of ours that may not be read is a damaged log, which is said where it is shown.
  for (const path of paths)
    if (statSync(path, { throwIfNoEntry: false })?.uid !== ownUid()) requireUsable(folder, path);
};

const requireUsable = (folder: string, path: string, close: (path: string) => void = closeToOthers): void => {
  const about = statSync(path, { throwIfNoEntry: false });
  if (!about) return; // another server has just removed it
  try {
    accessSync(path, constants.R_OK | constants.W_OK | (about.isDirectory() ? constants.X_OK : 0));
    if ((about.mode & OTHERS) !== 0) close(path);
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(`DATA_DIR: ${explain(path, about, folder, error as Error)}`);
  }
};

const OTHERS = 0o077;

const closeToOthers = (path: string): void => chmodSync(path, statSync(path).mode & ~OTHERS & 0o777);

const closeFolder = (path: string): void => {
  const entries = readdirSync(path);
  // Somebody else's folder, which a change of mode might lock others out of.
  if (entries.length > 0 && !entries.includes('server-id'))
    throw new SettingsError(`DATA_DIR: ${path} holds other files and is open to others; name an empty folder`);
  closeToOthers(path);
};

const explain = (path: string, { uid, mode }: Stats, folder: string, { message }: Error): string => {
  const own = ownUid();
  if (uid !== own) {
    const [owner, user] = [nameOf(uid), nameOf(own)];
    return `${path} belongs to ${owner}, and this server runs as ${user}; as root: chown -R ${user} ${folder}`;
  }
  if ((mode & 0o600) !== 0o600) return `${path} may not be read and written; chmod -R u+rwX ${folder}`;
  return `${path} cannot be used: ${message}`;
};

const ownUid = (): number => process.geteuid?.() ?? -1;

const nameOf = (uid: number): string => {
  try {
    const entries = readFileSync('/etc/passwd', 'utf8').split('\n');
    const [name] = entries.map((entry) => entry.split(':')).find(([, , id]) => id === String(uid)) ?? [];
    return name ?? String(uid);
  } catch {
    return String(uid);
  }
};
