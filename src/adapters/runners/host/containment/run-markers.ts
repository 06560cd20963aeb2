import { createHash, randomBytes } from 'node:crypto';
import { readEnvironment, readLimits } from '../../process/process-table.js';

/** The variable that marks every process of a run, unless it takes it out of its environment. */
export const COOKIE_VARIABLE = 'RUNLET_RUN_COOKIE';

export const newCookie = (): string => randomBytes(16).toString('hex');

/** The cookie of what is started under this claim; it does not give the token away. */
export const cookieOf = (token: string): string =>
  createHash('sha256').update(`${COOKIE_VARIABLE} ${token}`).digest('hex').slice(0, 32);

/**
 * A second mark, for bash to set as its limit of file locks: Linux keeps that limit for every process and has not looked at it
 * since 2.4. Children inherit it whatever they do to session, environment and descriptors, and only root can raise it again,
 * so that it finds `env -i setsid …` without any privilege and from the first moment.
 */
export const lockLimitOf = (cookie: string): string =>
  (createHash('sha256').update(cookie).digest().readBigUInt64BE() >> 3n).toString();

/** Whether the process carries a mark of the run; null when that cannot be seen (yet). */
export const carriesMark = (pid: number, cookie: string): boolean | null => {
  if (cookie === '') return false; // every cookie begins with it
  const environment = readEnvironment(pid);
  if (environment?.includes(`${COOKIE_VARIABLE}=${cookie}`)) return true;
  const limits = readLimits(pid);
  if (limits?.includes(` ${lockLimitOf(cookie)} `)) return true;
  return environment && environment.length > 0 && limits ? false : null;
};
