import { stat } from 'node:fs/promises';
import type { BasicAuth } from '../adapters/http/basic-auth.js';
import type { Log } from '../application/ports/log.js';
import { readAdminsWithFile } from './admins.js';
import type { Settings } from './settings.js';

/** How often the file is looked at. A change counts once it was seen twice, so that nobody reads what an editor has half written. */
export const LOOK_MS = 2000;

/** Keeps those who may get in as ADMIN_USERS_FILE has them. A file that cannot be used changes nothing and is told in the log. */
export class UsersFileWatch {
  readonly #settings: Settings;
  readonly #file: string;
  readonly #auth: BasicAuth;
  readonly #log: Log;
  #read: string;
  #seen: string;

  /** @param read what `fingerprintOf` said before the file was read at the start */
  constructor({ settings, file, auth, log, read }: WatchNeeds) {
    this.#settings = settings;
    this.#file = file;
    this.#auth = auth;
    this.#log = log;
    this.#read = read;
    this.#seen = read;
  }

  /** Reads the file again if it has changed, and not since the last look. */
  async look(): Promise<void> {
    const now = await fingerprintOf(this.#file);
    if (now !== this.#read && now === this.#seen) this.#readAgain(now);
    this.#seen = now;
  }

  /** Reads the file again now. */
  async readNow(): Promise<void> {
    this.#readAgain(await fingerprintOf(this.#file));
  }

  #readAgain(fingerprint: string): void {
    this.#read = fingerprint;
    this.#seen = fingerprint;
    try {
      const admins = readAdminsWithFile(this.#settings, this.#file);
      const withdrawn = this.#auth.replace(admins);
      this.#log.info({ admins: admins.length, withdrawn }, 'ADMIN_USERS_FILE was read again');
    } catch (error) {
      const reason = (error as Error).message;
      this.#log.error({ reason }, 'ADMIN_USERS_FILE cannot be used as it is now; the admins stay who they were');
    }
  }
}

interface WatchNeeds {
  readonly settings: Settings;
  readonly file: string;
  readonly auth: BasicAuth;
  readonly log: Log;
  readonly read: string;
}

/** Changes with the file: another one in its place, other contents, another mode. Also says that there is none. */
export const fingerprintOf = async (file: string): Promise<string> => {
  try {
    const { dev, ino, size, mode, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mode, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
};
