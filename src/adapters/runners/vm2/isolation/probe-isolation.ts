import { spawn } from 'node:child_process';
import { PERMISSION_FLAG } from './permission-flags.js';
import { type Command, type Program, sandboxCommand } from './sandbox-command.js';
import { NO_WALLS, type Walls } from './isolation.js';

/**
 * Finds the walls behind which the program starts on this machine, by starting it: behind all at once, and where that fails behind one more
 * at a time. Takes a second or less, of other processes. Never rejects; once aborted it finds none.
 */
export const probeWalls = async (program: Program, signal?: AbortSignal): Promise<Walls> => {
  const candidates = await worthTrying(signal);
  const all = candidates.reduce((walls, wall) => ({ ...walls, [wall]: true }), NO_WALLS);
  if (await starts(program, all, signal)) return all;
  let walls = NO_WALLS;
  for (const wall of candidates) {
    const more = { ...walls, [wall]: true };
    if (await starts(program, more, signal)) walls = more;
  }
  return walls;
};

const worthTrying = async (signal?: AbortSignal): Promise<(keyof Walls)[]> => {
  const root: (keyof Walls)[] = process.getuid?.() === 0 ? ['unshare', 'nobody'] : [];
  const permission: (keyof Walls)[] = (await permissionHolds(signal)) ? ['permission'] : [];
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
const starts = async (program: Program, walls: Walls, signal?: AbortSignal): Promise<boolean> => {
  try {
    return await succeeds(sandboxCommand(program, walls), signal);
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
