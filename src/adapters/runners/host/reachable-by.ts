import { withoutInherited } from '../process/inherited-descriptors.js';
import { runHelper } from '../process/run-helper.js';
import type { RunUser } from './run-user.js';
import { privileges } from './spawn/start-as-user.js';

/**
 * Which of these paths the user can enter, run or read, found out by a process that is this user.
 * @throws Error when no process can become the user
 */
export const reachableBy = async (user: RunUser, paths: readonly string[]): Promise<ReadonlySet<string>> => {
  const { setpriv, bash } = user.tools;
  const look = 'for path; do [[ -r $path || -x $path ]]; echo $?; done';
  const args = [...privileges(user), '--', bash, '--norc', '--noprofile', '-c', look, 'bash', ...paths];
  const [file, ...words] = withoutInherited([setpriv, ...args], 2, bash);
  const { stdout, failure } = await runHelper(file, words, { environment: {} });
  if (failure !== null) throw new Error(failure);
  const answers = stdout.split('\n');
  return new Set(paths.filter((_, index) => answers[index] === '0'));
};
