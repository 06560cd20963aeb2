import type { FieldIssue } from '../errors.js';

/**
 * Variables that never reach a host script as they were given: the shell that starts it keeps them read-only, or sets them itself. Under
 * paths like `0.key`. Scripts that were stored before this rule are still read and run.
 */
export const shellVariableIssues = (env: readonly { readonly key: string }[]): FieldIssue[] =>
  env.flatMap(({ key }, index) => {
    const reason = READ_ONLY.has(key) ? 'bash keeps it read-only' : SET_BY_SHELL.has(key) ? 'the shell sets it' : null;
    return reason === null
      ? []
      : [{ path: `${index}.key`, message: `must not be ${key}: ${reason}, so the script would not get this value` }];
  });

const names = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** What `readonly -p` prints in bash. */
const READ_ONLY = names('BASHOPTS BASH_VERSINFO EUID PPID SHELLOPTS UID');

/** bash(1), "Shell Variables", of bash 5.3: those that are not taken from the environment, or change on the way to the script. */
const SET_BY_SHELL = names(
  `BASH BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_COMMAND BASH_EXECUTION_STRING BASH_LINENO
  BASH_MONOSECONDS BASH_SOURCE BASH_SUBSHELL BASH_TRAPSIG BASH_VERSION COMP_WORDBREAKS DIRSTACK EPOCHREALTIME
  EPOCHSECONDS FUNCNAME GROUPS HISTCMD IFS LINENO OLDPWD OPTERR OPTIND PIPESTATUS PS1 PS2 PS4 PWD RANDOM SECONDS SHLVL
  SRANDOM _`,
);
