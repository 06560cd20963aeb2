import { userInfo } from 'node:os';
import type { PlainEnvEntry } from '../../../domain/script/env-entry.js';
import { COOKIE_VARIABLE } from './containment/run-markers.js';
import type { RunUser } from './run-user.js';

export type Environment = Readonly<Record<string, string>>;
/** As of a process: `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What scripts see of the server's environment: all of it but Runlet's own settings, what npm adds when it starts the
 * server, the folders it was started in, and options that are meant for its own Node.
 */
export const environmentForScripts = (server: Variables, settingNames: readonly string[]): Environment => {
  const ours = new Set([...settingNames, 'INIT_CWD', 'NODE_OPTIONS', 'PWD', 'OLDPWD']);
  const kept = Object.entries(server).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !ours.has(entry[0]) && !/^(?:npm_|RUNLET_)/i.test(entry[0]),
  );
  return Object.fromEntries(kept);
};

/** With what a login sets, where it is missing or empty: a service manager may set none of it. */
export const withAccount = (server: Variables): Variables => {
  const missing = Object.entries(accountOfServer()).filter(([name]) => !server[name]);
  return { ...server, ...Object.fromEntries(missing) };
};

/** From the passwd entry of the server's user. Nothing where there is none, as in some containers. */
const accountOfServer = (): Environment => {
  try {
    const { username, homedir, shell } = userInfo();
    return { HOME: homedir, USER: username, LOGNAME: username, SHELL: shell ?? '/bin/sh' };
  } catch {
    return {};
  }
};

/** What a login as another user leaves of the server's environment: where programs are, language and time zone. */
export const loginEnvironment = (server: Variables): Environment =>
  Object.fromEntries(
    Object.entries(server).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && /^(PATH|TZ|LANG|LANGUAGE|LC_[A-Z]+)$/.test(entry[0]),
    ),
  );

/** The whole environment of one run. What comes later wins. */
export const environmentOfRun = (
  base: Environment,
  user: RunUser | undefined,
  env: readonly PlainEnvEntry[],
  run: { id: string; cookie: string },
): Environment => ({
  ...base,
  ...(user && { HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell }),
  ...Object.fromEntries(env.map(({ key, value }) => [key, value])),
  RUNLET_RUN_ID: run.id,
  [COOKIE_VARIABLE]: run.cookie,
});
