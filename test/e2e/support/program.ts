import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that a test started, in a process group of its own. */
export interface Program {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  signal(name: NodeJS.Signals): void;
  /** Closes the pipes of its output, as `head` does when it has enough. */
  closeOutput(): void;
  exited: Promise<Exit>;
}

const alive = new Set<ChildProcess>();

export const startProgram = (
  command: string,
  args: readonly string[],
  { cwd, env, input, user }: { cwd?: string; env: Environment; input?: string | Buffer; user?: number },
): Program => {
  const who = user === undefined ? {} : { uid: user, gid: user };
  const child = spawn(command, args, { cwd, env: { ...env }, detached: true, stdio: 'pipe', ...who });
  alive.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.end(input);
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    alive.delete(child);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    signal: (name) => void child.kill(name),
    closeOutput: () => {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    exited,
  };
};

/** Runs a program to its end. */
export const runProgram = async (
  command: string,
  args: readonly string[],
  options: { cwd?: string; env: Environment; input?: string; user?: number },
): Promise<Exit & { stdout: string; stderr: string }> => {
  const program = startProgram(command, args, options);
  const exit = await program.exited;
  return { ...exit, stdout: program.stdout(), stderr: program.stderr() };
};

/** What this process was given, less what npm and Jest add for themselves. */
export const plainEnvironment = (): Environment =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(?!config_)|NODE_OPTIONS$|NODE_ENV$|INIT_CWD$|JEST_|MONGODB_URI$)/.test(name),
    ),
  );

/** Whatever a failed test left, with all that it started. */
export const killPrograms = async (): Promise<void> => {
  for (const child of alive) {
    const ended = once(child, 'close');
    killGroup(child);
    await ended;
  }
};

const killGroup = ({ pid = 0 }: ChildProcess): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

process.once('exit', () => alive.forEach(killGroup));
