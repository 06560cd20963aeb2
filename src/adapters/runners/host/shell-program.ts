/** What a waiting shell is to become. */
export interface ShellTask {
  readonly directory: string;
  /** Goes on top of the environment that the shell has. */
  readonly environment: Readonly<Record<string, string>>;
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * A program for sh(1): it goes to the directory, exports the variables and is replaced by the file, with an empty standard input.
 * Null when a shell cannot hand on one of the variables, or could not be told so much at once.
 */
export const shellProgram = ({ directory, environment, file, args }: ShellTask): string | null => {
  if (!canHandOn(environment)) return null;
  const program = [
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`),
    `cd ${quote(directory)} || exit 126`,
    'unset PWD OLDPWD',
    `exec ${[file, ...args].map(quote).join(' ')} </dev/null`,
    '',
  ].join('\n');
  return program.length <= PROGRAM_LENGTH && !program.includes('\0') ? program : null;
};

/** Whether a shell that gets these variables hands all of them on as they are: some are its own, some can be named in no shell. */
export const canHandOn = (environment: Readonly<Record<string, string>>): boolean =>
  Object.keys(environment).every((name) => /^[A-Za-z_]\w*$/.test(name) && !OF_SHELLS.test(name));

/** Well below what a pipe takes at once, if all of it were three bytes a character. */
const PROGRAM_LENGTH = 16 * 1024;

/** Names whose values dash, bash, ksh or busybox read something into, do not take over, or do not let be set. */
const OF_SHELLS =
  /^(?:IFS|OPT\w+|LINENO|PPID|E?[UG]ID|GROUPS|S?RANDOM|SECONDS|EPOCH\w*|SHELLOPTS|BASH\w*|FUNCNAME|DIRSTACK|PIPESTATUS|COMP_\w+|HISTCMD|POSIXLY_CORRECT)$/;

/** POSIX, Shell Command Language, 2.2.2: between single quotes all stands for itself. */
export const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
