import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readProcess } from '../../../process/process-table.js';
import { explainFailure, refuseNul } from '../start-failure.js';
import type { Command } from '../start-command.js';
import { type ProcessEnd, StartError } from '../starter.js';

export interface SpawnedProcess {
  readonly pid: number;
  readonly startTime: number | null;
  readonly ended: Promise<ProcessEnd>;
}

/**
 * Spawns a process in the turn of the call.
 * @param fds its descriptors 1, 2, 3 …
 * @param directory where it begins. One on a file system that does not answer holds this process up.
 * @throws StartError when it cannot; then there is no process.
 */
export const spawnProcess = async (
  start: Command,
  fds: readonly number[],
  directory = '/',
): Promise<SpawnedProcess> => {
  refuseNul(start.environment);
  const child = spawnOrExplain(start, fds, directory);
  const { pid } = child;
  if (pid === undefined) throw new StartError(explainFailure(await errorOf(child), start));
  return {
    pid,
    startTime: readProcess(pid)?.startTime ?? null,
    ended: new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    }),
  };
};

const spawnOrExplain = (start: Command, fds: readonly number[], cwd: string): ChildProcess => {
  try {
    return spawn(start.file, start.args, {
      cwd,
      env: start.environment,
      stdio: ['ignore', ...fds],
      detached: true,
    });
  } catch (error) {
    throw new StartError(explainFailure((error as NodeJS.ErrnoException).code, start));
  }
};

/** Most failures of spawn() are told in the next turn, some are thrown. */
const errorOf = async (child: ChildProcess): Promise<string | undefined> => {
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
  return error.code;
};
