import { statSync } from 'node:fs';

/** Why a script cannot run in `directory`, for a person; null when it can. */
export const whyNotIn = (directory: string): string | null => {
  try {
    if (!statSync(directory).isDirectory()) return `the working directory ${directory} is not a folder`;
    statSync(`${directory}/.`); // access(2) would ask as the real user, which need not be the one that it is asked for
    return null;
  } catch (error) {
    return `the working directory ${directory} ${EXPLANATIONS[codeOf(error)] ?? `cannot be used (${codeOf(error)})`}`;
  }
};

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist: a part of its path is not a folder',
  EACCES: 'cannot be entered: permission denied',
  ELOOP: 'cannot be reached: too many symbolic links',
  ENAMETOOLONG: 'cannot be reached: its path is too long',
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';
