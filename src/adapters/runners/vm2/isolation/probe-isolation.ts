import { spawn } from 'node:child_process';
import { PERMISSION_FLAG } from './permission-flags.js';
import { type Command, type Program, sandboxCommand } from './sandbox-command.js';
import { NO_ISOLATION, type Isolation } from './isolation.js';

/**
 * Finds out which kinds of isolation work on this machine by starting the program: under all at once, and where that fails, with one more
 * at a time. It takes other processes a second or less. Never rejects; once aborted it finds none.
 */
export const probeIsolation = async (program: Program, signal?: AbortSignal): Promise<Isolation> => {
  const candidates = await worthTrying(signal);
  const all = candidates.reduce((isolation, wall) => ({ ...isolation, [wall]: true }), NO_ISOLATION);
  if (await starts(program, all, signal)) return all;
  let isolation = NO_ISOLATION;
  for (const wall of candidates) {
    const more = { ...isolation, [wall]: true };
    if (await starts(program, more, signal)) isolation = more;
  }
  return isolation;
};

const worthTrying = async (signal?: AbortSignal): Promise<(keyof Isolation)[]> => {
  const root: (keyof Isolation)[] = process.getuid?.() === 0 ? ['unshare', 'nobody'] : [];
  const permission: (keyof Isolation)[] = (await permissionHolds(signal)) ? ['permission'] : [];
  return ['prlimit', 'nice', 'setpriv', ...root, ...permission];
};

/** Whether Node really refuses what the model forbids. */
const permissionHolds = async (signal?: AbortSignal): Promise<boolean> => {
  if (PERMISSION_FLAG === null) return false;
  const attempt =
    "try { fs.readFileSync(process.execPath) } catch (e) { process.exit(e.code === 'ERR_ACCESS_DENIED' ? 0 : 1) } process.exit(1)";
  return succeeds([process.execPath, '--no-warnings', PERMISSION_FLAG, '-e', attempt], signal);
};

/** With nothing on stdin, the program makes itself ready and ends. */
const starts = async (program: Program, isolation: Isolation, signal?: AbortSignal): Promise<boolean> => {
  try {
    return await succeeds(sandboxCommand(program, isolation), signal);
  } catch {
    return false; // vm2 is not where the program would look for it
  }
};

const succeeds = ([file, ...args]: Command, signal?: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const options = { cwd: '/', env: {}, stdio: 'ignore', timeout: 10_000, killSignal: 'SIGKILL' } as const;
    const child = spawn(file, args, signal ? { ...options, signal } : options);
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
