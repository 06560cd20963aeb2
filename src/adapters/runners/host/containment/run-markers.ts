import { createHash, randomBytes } from 'node:crypto';
import { readEnvironment, readLimits } from '../../process/process-table.js';

/** The environment variable that marks every process of a run, unless the process removes it. */
export const COOKIE_VARIABLE = 'RUNLET_RUN_COOKIE';

export const newCookie = (): string => randomBytes(16).toString('hex');

/** The cookie of all processes that are started under this claim. It does not reveal the token. */
export const cookieOf = (token: string): string =>
  createHash('sha256').update(`${COOKIE_VARIABLE} ${token}`).digest('hex').slice(0, 32);

/**
 * The rlimit tag: the second marker, a value for RLIMIT_LOCKS. Linux keeps that limit for every process and has not enforced it since 2.4.
 * Children inherit it whatever they do to session, environment and descriptors, and only root can raise it again. So it finds
 * `env -i setsid …` from the first moment and without any privilege.
 */
export const rlimitTagOf = (cookie: string): string =>
  (createHash('sha256').update(cookie).digest().readBigUInt64BE() >> 3n).toString();

/**
 * Names the cgroup of one claim. The run's id alone would not do: a server on a copy of the store may execute the same run on the same machine,
 * and would end what is in that cgroup. It does not reveal the cookie.
 */
export const cgroupNameOf = (runId: string, cookie: string): string =>
  `${runId}-${createHash('sha256').update(`cgroup ${cookie}`).digest('hex').slice(0, 12)}`;

/** Whether the process carries a marker of the run; null when that cannot be seen (yet). */
export const carriesMarker = (pid: number, cookie: string): boolean | null => {
  if (cookie === '') return false; // every cookie begins with it
  const environment = readEnvironment(pid);
  if (environment?.includes(`${COOKIE_VARIABLE}=${cookie}`)) return true;
  const limits = readLimits(pid);
  if (limits?.includes(` ${rlimitTagOf(cookie)} `)) return true;
  return environment && environment.length > 0 && limits ? false : null;
};
