import { isDomainError } from '../../domain/errors.js';
import type { Log } from '../ports/log.js';
import type { Store, StoreExamination, StoreFinding } from '../ports/store.js';
import type { Problems } from '../problems.js';

/** How often the store is looked at, in ms: what happens to it is said within 10 s, without anybody asking. */
export const WATCH_MS = 3000;

/** Looks once at the store, and raises and clears its problems. */
export type WatchStore = () => Promise<void>;

interface Needs {
  store: Pick<Store, 'examine'>;
  problems: Problems;
  log: Pick<Log, 'warn'>;
}

export const makeWatchStore =
  ({ store, problems, log }: Needs): WatchStore =>
  async () => {
    const { problems: found, mended } = await store.examine().catch(unavailable);
    for (const message of mended) log.warn({}, message);
    for (const code of CODES) {
      const present = found.find((finding) => finding.code === code);
      if (present) problems.raise(code, present.message);
      else problems.clear(code);
    }
  };

const unavailable = (error: unknown): StoreExamination => {
  if (!isDomainError(error, 'store.unavailable')) throw error;
  return { problems: [{ code: 'store.unavailable', message: error.message }], mended: [] };
};

const CODES = [
  'store.unavailable',
  'store.missing',
  'store.damaged',
  'logs.unwritable',
] as const satisfies readonly StoreFinding['code'][];
