import type { RunUser } from '../run-user.js';
import { quote } from './shell-quote.js';
import {
  type Command,
  type ScriptProcess,
  NO_PROGRAM,
  REFUSED,
  WITHOUT_LOGIN,
  explain,
  setSlack,
} from './start-command.js';

/**
 * The command that becomes the process as another user. Node's own `uid` and `gid` take all supplementary groups away, so setpriv sets them.
 * What runs as root until it has, with its loader and its language files, must see nothing that the script's author could have put into the
 * environment. So it gets none; a shell that is the user already reads it from a descriptor, together with the rest.
 * @param report as for `startCommand`
 * @param text number of the descriptor that `becomingText` is on; the program does not have it either
 */
export const startAsUser = (user: RunUser, text: number): Command => {
  const { setpriv, bash } = user.tools;
  return {
    file: setpriv,
    args: [...privileges(user), '--', bash, '--norc', '--noprofile', `/dev/fd/${text}`],
    environment: {},
  };
};

export const privileges = ({ uid, gid, groups }: RunUser): string[] => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
  '--inh-caps=-all',
];

/** Stops at once where the folder is closed to the user, so that nothing runs elsewhere than it was meant to. */
export const becomingText = (process: ScriptProcess, report: number, text: number): string => {
  const { file, args, directory, environment, rlimitTag, slackTag, openFiles } = process;
  const folder = quote(directory);
  return `ulimit -x ${rlimitTag} 2>/dev/null
${setSlack(slackTag)}
${openFiles === null ? '' : `ulimit -S -n ${openFiles} 2>/dev/null`}
cd -- ${folder} 2>/dev/null || { ${explain(folder)} >&${report} 2>&${report}; exit ${REFUSED}; }
[ -x ${quote(file)} ] || { echo ${NO_PROGRAM} >&${report}; exit ${REFUSED}; }
exec ${report}>&- ${text}<&-
unset OLDPWD
export -n PWD
{
${Object.entries(environment)
  .map(([key, value]) => `export ${key}=${quote(value)}`)
  .join('\n')}
} 2>/dev/null
set -- ${[file, ...args].map(quote).join(' ')}
${WITHOUT_LOGIN}
exec "$@"
`;
};
