import type { Environment } from '../environment.js';
import { StartError } from './starter.js';

/** @throws StartError for what no environment can hold */
export const refuseNul = (environment: Environment): void => {
  const nul = Object.entries(environment).find(([, value]) => value.includes('\0'));
  if (nul) throw new StartError(`the value of the environment variable ${nul[0]} contains a NUL character`);
};

/** Why a process could not be spawned, for a person. @param code of the system call's error */
export const explainFailure = (
  code: string | undefined,
  { file, environment }: { file: string; environment: Environment },
): string => {
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
