import { runHelper } from '../../process/run-helper.js';
import { type Isolation, NO_ISOLATION, type SandboxSetup } from './isolation.js';
import { PERMISSION_FLAG } from './permission-flags.js';
import { type Command, type Program, sandboxCommand } from './sandbox-command.js';

/** Versions of Node differ: V8 of Node 24 has no `--no-expose-wasm` any more. None of them is needed: `sandbox-child.ts` does without. */
const NODE_FLAGS = ['--disallow-code-generation-from-strings', '--no-expose-wasm', '--no-addons', '--no-warnings'];

/**
 * Finds how the program starts on this machine, by starting it: with everything at once, and where that fails with one measure more at a
 * time. Takes a second or less, of other processes. Never rejects; once aborted it finds no isolation.
 */
export const probeIsolation = async (program: Program, signal?: AbortSignal): Promise<SandboxSetup> => {
  const candidates = await worthTrying(signal);
  const everything = candidates.reduce((isolation, measure) => ({ ...isolation, [measure]: true }), NO_ISOLATION);
  const asMeant = { isolation: everything, nodeFlags: NODE_FLAGS, dataMb: program.memoryMb };
  if (await starts(program, asMeant, signal)) return asMeant;
  const fitted = {
    isolation: everything,
    nodeFlags: await acceptedFlags(signal),
    dataMb: program.memoryMb + (await reservedMb(signal)),
  };
  if (await starts(program, fitted, signal)) return fitted;
  let setup: SandboxSetup = { ...fitted, isolation: NO_ISOLATION };
  for (const measure of candidates) {
    const more = { ...setup, isolation: { ...setup.isolation, [measure]: true } };
    if (await starts(program, more, signal)) setup = more;
  }
  return setup;
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

const acceptedFlags = async (signal?: AbortSignal): Promise<string[]> => {
  const accepted = await Promise.all(NODE_FLAGS.map((flag) => succeeds([process.execPath, flag, '-e', '0'], signal)));
  return NODE_FLAGS.filter((_, index) => accepted[index]);
};

/**
 * What Node reserves at its start beyond what it uses, MiB. The kernel counts both against the limit of data (setrlimit(2)), and Node 24
 * reserves 512 MiB for code.
 */
const reservedMb = async (signal?: AbortSignal): Promise<number> => {
  const status = await output(
    [process.execPath, '-e', "process.stdout.write(fs.readFileSync('/proc/self/status'))"],
    signal,
  );
  const kb = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return Math.ceil(Math.max(0, kb('VmData') - kb('VmRSS')) / 1024);
};

/** With nothing on stdin, the program makes itself ready and ends. */
const starts = async (program: Program, setup: SandboxSetup, signal?: AbortSignal): Promise<boolean> => {
  try {
    return await succeeds(sandboxCommand(program, setup), signal);
  } catch {
    return false; // vm2 is not where the program would look for it
  }
};

const succeeds = async ([file, ...args]: Command, signal?: AbortSignal): Promise<boolean> =>
  (await runHelper(file, args, { ...OPTIONS, signal })).failure === null;

const output = async ([file, ...args]: Command, signal?: AbortSignal): Promise<string> =>
  (await runHelper(file, args, { ...OPTIONS, signal })).stdout;

const OPTIONS = { environment: {}, timeoutMs: 10_000 };
