import { unlinkSync } from 'node:fs';
import { findProgram } from '../../process/find-program.js';
import { spawnProcess } from './spawn-process.js';
import type { Command } from './start-command.js';
import type { ProcessStart, StartedProcess, Starter } from './starter.js';

/**
 * Starts processes from this one, on any system. fork() holds it up longer the larger it is, which the spawner avoids on Linux.
 * @param path where bash is looked for
 */
export const makeDirectStarter = (path: string): Starter => {
  const bash = findProgram('bash', path);
  return {
    start: (start) => ({ started: startDirectly(start, bash), withdraw: () => undefined }),
    warm: () => undefined,
    close: () => Promise.resolve(),
  };
};

const startDirectly = async (start: ProcessStart, bash: string | undefined): Promise<StartedProcess> => {
  for (const { path } of start.files) unlinkSync(path);
  const command = bash === undefined ? start : closingTheRest(bash, start);
  const fds = start.files.map(({ fd }) => fd);
  return { ...(await spawnProcess(command, fds)), spawnCgroup: null, isWatched: () => true };
};

/** A script must not get what the server has got open from whoever started it: a shell closes that before it becomes the program. */
const closingTheRest = (bash: string, { file, args, files, environment }: ProcessStart): Command => {
  const close = `for f in /dev/fd/*; do f=\${f##*/}; [ "$f" -le ${files.length} ] || eval "exec $f>&-"; done`;
  const become = environment.SHLVL === undefined ? '/usr/bin/env -u SHLVL' : ''; // bash exports one
  return { file: bash, args: ['--posix', '-c', `${close}; exec ${become} "$@"`, 'bash', file, ...args], environment };
};
