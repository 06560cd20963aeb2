import type { Environment } from '../environment.js';
import { StartError } from './starter.js';

/** What a script's process is and has, however it comes to be. */
export interface ScriptProcess {
  readonly file: string;
  readonly args: readonly string[];
  /** Where it begins. */
  readonly directory: string;
  readonly environment: Environment;
  /** See `rlimitTagOf` and `slackTagOf`. */
  readonly rlimitTag: string;
  readonly slackTag: string;
  /** Soft limit of open files; null: as it is inherited. */
  readonly openFiles: number | null;
}

export type Command = Pick<ScriptProcess, 'file' | 'args' | 'environment'>;

/** What bash does to have the tags, which fails nothing where it cannot. @param rlimitTag in the words of a shell, as is `slackTag` */
export const setTags = (rlimitTag: string, slackTag: string): string =>
  `builtin ulimit -x ${rlimitTag} 2>/dev/null || :; ${setSlack(slackTag)} || :`;

export interface StartOptions {
  /** Number of the descriptor that gets the reason where the process cannot begin, in the form that `explainReport` reads. */
  readonly report: number;
  /** Whether the program has that descriptor too. */
  readonly keepsReport?: boolean;
  /** Replaces /bin/sh, for an environment that /bin/sh would not hand on whole. */
  readonly bash: string;
}

/**
 * The command that becomes the process, in a shell that sets the limits, goes to the directory and execs the program. A directory that does
 * not answer then holds up nobody else.
 */
export const startCommand = (process: ScriptProcess, { report, keepsReport = false, bash }: StartOptions): Command => {
  const { file, args, directory, environment, rlimitTag, slackTag, openFiles } = process;
  const [shell, ...options] = isPlain(environment) ? ['/bin/sh'] : [bash, '--posix'];
  const text = `${enter(report)}; ${WITHOUT_LOGIN}; exec "$@"${keepsReport ? '' : ` ${report}>&-`}`;
  return {
    file: shell,
    args: [...options, '-c', text, 'sh', rlimitTag, slackTag, String(openFiles ?? ''), directory, file, ...args],
    environment,
  };
};

/** `$1` and `$2` the tags, `$3` the limit of open files or nothing, `$4` the directory, then the program. dash calls the limit of locks -w, bash -x. */
const enter = (report: number): string =>
  [
    'ulimit -w "$1" 2>/dev/null || ulimit -x "$1" 2>/dev/null',
    setSlack('"$2"'),
    '[ -z "$3" ] || ulimit -S -n "$3" 2>/dev/null',
    `cd -- "$4" 2>/dev/null || { ${explain('"$4"')} >&${report} 2>&${report}; exit ${REFUSED}; }`,
    'unset PWD OLDPWD',
    'shift 4',
    `[ -x "$1" ] || { echo ${NO_PROGRAM} >&${report}; exit ${REFUSED}; }`,
  ].join('; ');

/** In the home. */
export const PERSONAL_LOGOUT = '.bash_logout';
export const MACHINE_LOGOUT = '/etc/bash.bash_logout';

/**
 * `exit` in a login shell reads these files, which may print and fail, and so change the exit code of the script. Where there is one, the
 * shell is no login shell: it reads the profile as one would (`bashArguments`).
 */
export const WITHOUT_LOGIN =
  `if [ "$2" = -lc ] && { [ -e "\${HOME-}/${PERSONAL_LOGOUT}" ] || [ -e ${MACHINE_LOGOUT} ]; }; then ` +
  'set -- "$1" --norc -c "$3" "$4"; fi';

/** The files of which `WITHOUT_LOGIN` speaks. */
export const logoutFiles = ({ HOME = '' }: Environment): readonly string[] => [
  `${HOME}/${PERSONAL_LOGOUT}`,
  MACHINE_LOGOUT,
];

/** @param slackTag in the words of a shell */
export const setSlack = (slackTag: string): string =>
  `{ command echo ${slackTag} >/proc/self/timerslack_ns; } 2>/dev/null`;

/** Prints why nobody can go to a directory, one line or two. @param directory quoted for a shell */
export const explain = (directory: string): string =>
  `{ [ -e ${directory} ] && echo ${IS_THERE}; LC_ALL=C ls -d -- ${directory}/.; }`;

/** The exit code of a process that was not to become the program. */
export const REFUSED = 126;
const IS_THERE = 'is-there';
export const NO_PROGRAM = 'no-program';

/** Why a process did not become its program, for a person. @param report what the shell of `startCommand` printed */
export const explainReport = (report: string, { file, directory }: { file: string; directory: string }): StartError =>
  report.startsWith(NO_PROGRAM)
    ? new StartError(`${file} could not be started: it was not found`)
    : new StartError(explainDirectory(report, directory), 'cwd-missing');

/** Why a script cannot run in `directory`, for a person. @param report what `explain` printed */
export const explainDirectory = (report: string, directory: string): string => {
  const reason = report.trim().split(': ').at(-1) ?? '';
  const isThere = report.startsWith(IS_THERE);
  if (reason === 'Not a directory' && isThere) return `the working directory ${directory} is not a folder`;
  return `the working directory ${directory} ${EXPLANATIONS[reason] ?? 'cannot be entered: permission denied'}`;
};

/** By what the C library calls the error. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  'No such file or directory': 'does not exist',
  'Not a directory': 'does not exist: a part of its path is not a folder',
  'Too many levels of symbolic links': 'cannot be reached: too many symbolic links',
  'File name too long': 'cannot be reached: its path is too long',
};

/** A shell takes no names of another form, and has uses of its own for some. */
const isPlain = (environment: Environment): boolean =>
  Object.keys(environment).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
