import { type CommandWords, withoutInherited } from '../../process/inherited-descriptors.js';
import { NICENESS } from './give-way.js';
import type { Isolation, SandboxSetup } from './isolation.js';
import { permissionFlags } from './permission-flags.js';

export type Command = CommandWords;

/** How to start the program of a sandbox. */
export interface Program {
  /** Absolute path of the compiled `sandbox-child.js`. */
  readonly childFile: string;
  /** Limit of V8's old generation, MiB. */
  readonly heapMb: number;
  /** Limit of what of the process is resident, MiB. */
  readonly memoryMb: number;
  /** Path of bash, which closes what the server has inherited as open; undefined where there is none. */
  readonly bash: string | undefined;
  /** Number of the user and group it runs as where `isolation.nobody` holds. */
  readonly user: number;
}

/**
 * The command that starts the program as `setup` says. Each tool replaces itself by the next: it stays one process. It is to be started with an
 * empty environment.
 */
export const sandboxCommand = (program: Program, setup: SandboxSetup): Command => {
  const [file, ...args] = [...tools(program, setup), process.execPath, ...nodeFlags(program, setup), program.childFile];
  return withoutInherited([file, ...args], CONTROL, program.bash);
};

/** Its last descriptor: the control pipe. */
const CONTROL = 3;

/** What needs root comes before what gives it up. */
const tools = ({ user }: Program, { isolation, dataMb }: SandboxSetup): string[] => [
  ...(isolation.unshare ? ['unshare', '--net', '--ipc', '--uts', '--'] : []),
  ...(isolation.prlimit
    ? ['prlimit', `--data=${dataMb * 1024 * 1024}`, '--core=0', '--fsize=0', '--nofile=64', '--']
    : []),
  ...(isolation.nice ? ['nice', '-n', String(NICENESS)] : []),
  ...(isolation.setpriv || isolation.nobody ? ['setpriv', ...privileges(isolation, user), '--'] : []),
];

const privileges = ({ setpriv, nobody }: Isolation, user: number): string[] => [
  ...(setpriv ? ['--no-new-privs', '--pdeathsig', 'KILL'] : []),
  ...(nobody ? ['--reuid', `${user}`, '--regid', `${user}`, '--clear-groups'] : []),
];

const nodeFlags = ({ childFile, heapMb }: Program, setup: SandboxSetup): string[] => [
  `--max-old-space-size=${heapMb}`,
  ...setup.nodeFlags,
  ...(setup.isolation.permission ? permissionFlags(childFile) : []),
];
