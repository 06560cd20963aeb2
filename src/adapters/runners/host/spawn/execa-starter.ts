import { accessSync, constants, unlinkSync } from 'node:fs';
import { execa } from 'execa';
import { findProgram } from '../../process/find-program.js';
import { readProcess } from '../../process/process-table.js';
import type { Command } from './start-command.js';
import { explainFailure, refuseNul } from './start-failure.js';
import { type ProcessStart, StartError, type StartedProcess, type Starter } from './starter.js';

/**
 * Starts processes from this one, on any system. fork() holds this process up for longer the larger it is; the spawner avoids that on Linux.
 * @param path where bash is looked for
 */
export const makeExecaStarter = (path: string): Starter => {
  const bash = findProgram('bash', path);
  return {
    start: (start) => ({ started: startDirectly(start, bash), withdraw: () => undefined }),
    warm: () => undefined,
    close: () => Promise.resolve(),
  };
};

const startDirectly = async (start: ProcessStart, bash: string | undefined): Promise<StartedProcess> => {
  for (const { path } of start.files) unlinkSync(path);
  refuseNul(start.environment);
  requireProgram(start);
  const { file, args, environment } = bash === undefined ? start : closingTheRest(bash, start);
  const [stdout, stderr, ...others] = start.files.map(({ fd }) => fd as Descriptor);
  const child = execa(file, args, {
    // In the root folder: a working directory on a file system that does not answer must not hold this process up.
    cwd: '/',
    env: environment,
    extendEnv: false,
    stdio: ['ignore', stdout, stderr, ...others],
    detached: true,
    buffer: false,
    cleanup: false,
    reject: false,
    verbose: 'none',
  });
  const { pid } = child;
  if (pid === undefined) throw new StartError(explainFailure((await child).code, start));
  return {
    pid,
    startTime: readProcess(pid)?.startTime ?? null,
    ended: child.then(({ exitCode = null, signal = null }) => ({ exitCode, signal })),
    spawnCgroup: null,
    isWatched: () => true,
  };
};

/** execa accepts any descriptor; its types name those below 10 only. */
type Descriptor = 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** The shell of `closingTheRest` would tell that the program is missing only in the output of the script. */
const requireProgram = (start: ProcessStart): void => {
  try {
    if (start.file.startsWith('/')) accessSync(start.file, constants.X_OK);
  } catch (error) {
    throw new StartError(explainFailure((error as NodeJS.ErrnoException).code, start));
  }
};

/** A script must not get what the server has inherited as open from whoever started it: a shell closes that before it becomes the program. */
const closingTheRest = (bash: string, { file, args, files, environment }: ProcessStart): Command => {
  const close = `for f in /dev/fd/*; do f=\${f##*/}; [ "$f" -le ${files.length} ] || eval "exec $f>&-"; done`;
  const become = environment.SHLVL === undefined ? '/usr/bin/env -u SHLVL' : ''; // bash exports one
  return { file: bash, args: ['--posix', '-c', `${close}; exec ${become} "$@"`, 'bash', file, ...args], environment };
};
