import type { RunUser } from '../run-user.js';
import { quote } from './shell-quote.js';
import type { ProcessStart } from './start-process.js';

/**
 * How to start the same as another user. Node's own `uid` and `gid` take all supplementary groups away, so setpriv sets them. What runs as
 * root until it has, with its loader and its language files, must see nothing that the script's author could have put into the
 * environment. So it gets none; a shell that is the user already reads it from the last descriptor, together with the rest.
 * @param openFile makes the text a file that the user may read, and answers its descriptor
 */
export const startAsUser = (
  start: ProcessStart,
  user: RunUser,
  rlimitTag: string,
  openFile: (text: string) => number,
): ProcessStart => {
  const { setpriv, bash } = user.tools;
  const last = start.fds.length + 1;
  const text = becoming(start, rlimitTag, last);
  return {
    ...start,
    file: setpriv,
    args: [...privileges(user), '--', bash, '--norc', '--noprofile', `/dev/fd/${last}`],
    directory: '/',
    environment: {},
    fds: [...start.fds, openFile(text)],
    enters: { directory: start.directory, user },
  };
};

export const privileges = ({ uid, gid, groups }: RunUser): string[] => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
  '--inh-caps=-all',
];

/** Stops at once where the folder is closed to the user, so that nothing runs elsewhere than it was meant to. */
const becoming = (
  { file, args, directory, environment }: ProcessStart,
  rlimitTag: string,
  own: number,
): string => `ulimit -x ${rlimitTag} 2>/dev/null
cd -- ${quote(directory)} || exit 126
exec ${own}<&-
unset OLDPWD
export -n PWD
{
${Object.entries(environment)
  .map(([key, value]) => `export ${key}=${quote(value)}`)
  .join('\n')}
} 2>/dev/null
exec ${[file, ...args].map(quote).join(' ')}
`;
