import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../environment.js';
import { readProcess } from '../../process/process-table.js';
import type { SpawnCgroup } from '../containment/spawn-cgroup.js';
import { asUser } from './as-user.js';
import type { RunUser } from '../run-user.js';
import { whyNotIn } from './working-directory.js';

export interface ProcessStart {
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly environment: Environment;
  /** What it gets as descriptors 1, 2, 3 …; 0 is empty */
  readonly fds: readonly number[];
  /** A folder that this user has to be able to enter, or nothing is started. Only root can try it. */
  readonly enters?: { readonly directory: string; readonly user: RunUser };
}

export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface StartedProcess {
  readonly pid: number;
  /** Clock ticks since boot, read before anybody has waited for it; null where there is no /proc. */
  readonly startTime: number | null;
  readonly ended: Promise<ProcessEnd>;
  /** Where it began; null when that is not sure. */
  readonly spawnCgroup: SpawnCgroup | null;
}

/** A process that could not be started. The message is for a person and holds nothing of the environment or the script. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: 'spawn-failed' | 'cwd-missing';

  constructor(message: string, reason: StartError['reason'] = 'spawn-failed') {
    super(message);
    this.reason = reason;
  }
}

/**
 * Starts a process in a session and process group of its own, in the turn of the call.
 * @throws StartError when it cannot; then there is no process.
 */
export const startProcess = async (start: ProcessStart): Promise<StartedProcess> => {
  const nul = Object.entries(start.environment).find(([, value]) => value.includes('\0'));
  if (nul) throw new StartError(`the value of the environment variable ${nul[0]} contains a NUL character`);
  if (start.enters) requireEntrance(start.enters);
  const child = spawnOrExplain(start);
  const { pid } = child;
  if (pid === undefined) throw new StartError(explain(await errorOf(child), start));
  return {
    pid,
    startTime: readProcess(pid)?.startTime ?? null,
    spawnCgroup: null,
    ended: new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    }),
  };
};

const requireEntrance = ({ directory, user }: NonNullable<ProcessStart['enters']>): void => {
  const obstacle = asUser(user, () => whyNotIn(directory));
  if (obstacle !== null) throw new StartError(obstacle, 'cwd-missing');
};

const spawnOrExplain = (start: ProcessStart): ChildProcess => {
  try {
    return spawn(start.file, start.args, {
      cwd: start.directory,
      env: start.environment,
      stdio: ['ignore', ...start.fds],
      detached: true,
    });
  } catch (error) {
    throw new StartError(explain((error as NodeJS.ErrnoException).code, start));
  }
};

/** Most failures of spawn() are told in the next turn, some are thrown. */
const errorOf = async (child: ChildProcess): Promise<string | undefined> => {
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
  return error.code;
};

const explain = (code: string | undefined, { file, environment }: ProcessStart): string => {
  const reason = code === undefined ? undefined : REASONS[code];
  if (code === 'E2BIG') return `the environment is too large for the operating system: ${sizeOf(environment)} bytes`;
  return `${file} could not be started: ${reason ?? code ?? 'unknown error'}`;
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it was not found',
  EACCES: 'permission denied',
  EAGAIN: 'the limit of processes is reached (EAGAIN)',
  ENOMEM: 'there is not enough memory (ENOMEM)',
  EMFILE: 'the limit of open files is reached (EMFILE)',
};

const sizeOf = (environment: Environment): number =>
  Object.entries(environment).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value) + 2,
    0,
  );
