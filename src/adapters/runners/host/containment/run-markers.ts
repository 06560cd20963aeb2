import { hash, randomBytes } from 'node:crypto';
import { readEnvironment, readLimits, readTimerSlack } from '../../process/process-table.js';

/** The environment variable that marks every process of a run, unless the process removes it. */
export const COOKIE_VARIABLE = 'RUNLET_RUN_COOKIE';
/** Tells a script which run it is. */
export const RUN_ID_VARIABLE = 'RUNLET_RUN_ID';

export const newCookie = (): string => randomBytes(16).toString('hex');

/** The cookie of all processes that are started under this claim. It does not reveal the token. */
export const cookieOf = (token: string): string => hash('sha256', `${COOKIE_VARIABLE} ${token}`).slice(0, 32);

/**
 * The rlimit tag: the second marker, a value for RLIMIT_LOCKS. Linux keeps that limit for every process and has not enforced it since 2.4.
 * Children inherit it whatever they do to session, environment and descriptors, and only root can raise it again. So it finds
 * `env -i setsid …` from the first moment and without any privilege.
 */
export const rlimitTagOf = (cookie: string): string =>
  (hash('sha256', cookie, 'buffer').readBigUInt64BE() >> 3n).toString();

/**
 * Names the cgroup of one claim. The run's id alone would not do: a server on a copy of the store may execute the same run on the same machine,
 * and would end what is in that cgroup. It does not reveal the cookie.
 */
export const cgroupNameOf = (runId: string, cookie: string): string =>
  `${runId}-${hash('sha256', `cgroup ${cookie}`).slice(0, 12)}`;

/** The tag of a pre-started shell. It is above all others, so that the tag of a run can replace it: a limit can be lowered by anybody. */
export const preStartTagOf = (cookie: string): string => (BigInt(rlimitTagOf(cookie)) + 2n ** 61n).toString();

/**
 * The slack tag: the third marker, a timer slack in ns. Every process hands it on, and hardly any program sets its own; as root a process can
 * leave its cgroup and raise its limits. It is so near the usual 50 µs that no timer is noticeably later.
 */
export const slackTagOf = (cookie: string): string =>
  String(USUAL_SLACK_NS + 1 + hash('sha256', `slack ${cookie}`, 'buffer').readUInt16BE());

const USUAL_SLACK_NS = 50_000;

/** Whether the process carries a marker of the run; null when that cannot be seen (yet). */
export const carriesMarker = (pid: number, cookie: string): boolean | null => {
  if (cookie === '') return false; // every cookie begins with it
  const environment = readEnvironment(pid);
  if (environment?.includes(`${COOKIE_VARIABLE}=${cookie}`)) return true;
  const limits = readLimits(pid);
  if (limits?.includes(` ${rlimitTagOf(cookie)} `)) return true;
  const isOfAnother = environment?.includes(`${COOKIE_VARIABLE}=`); // there are only so many slack tags
  if (!isOfAnother && readTimerSlack(pid) === slackTagOf(cookie)) return true;
  return environment && environment.length > 0 && limits ? false : null;
};

/** Whether the process was started with the cookie taken out on purpose, by `env -u RUNLET_RUN_COOKIE`, and the rest left in. */
export const hasOptedOut = (pid: number): boolean => {
  const environment = readEnvironment(pid)?.toString('latin1').split('\0') ?? [];
  const has = (variable: string): boolean => environment.some((entry) => entry.startsWith(`${variable}=`));
  return has(RUN_ID_VARIABLE) && !has(COOKIE_VARIABLE);
};
