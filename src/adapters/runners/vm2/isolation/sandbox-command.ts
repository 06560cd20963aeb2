import { NICENESS } from './give-way.js';
import type { Isolation, SandboxSetup } from './isolation.js';
import { permissionFlags } from './permission-flags.js';

export type Command = readonly [file: string, ...args: string[]];

/** How to start the program of a sandbox. */
export interface Program {
  /** Absolute path of the compiled `sandbox-child.js`. */
  readonly childFile: string;
  /** Limit of V8's old generation, MiB. */
  readonly heapMb: number;
  /** Limit of what of the process is resident, MiB. */
  readonly memoryMb: number;
}

/** The command that starts the program as `setup` says. Each tool replaces itself by the next: it stays one process. */
export const sandboxCommand = (program: Program, setup: SandboxSetup): Command => {
  const [file, ...args] = [...tools(setup), process.execPath, ...nodeFlags(program, setup), program.childFile];
  return [file, ...args];
};

/** What needs root comes before what gives it up. */
const tools = ({ isolation, dataMb }: SandboxSetup): string[] => [
  ...(isolation.unshare ? ['unshare', '--net', '--ipc', '--uts', '--'] : []),
  ...(isolation.prlimit
    ? ['prlimit', `--data=${dataMb * 1024 * 1024}`, '--core=0', '--fsize=0', '--nofile=64', '--']
    : []),
  ...(isolation.nice ? ['nice', '-n', String(NICENESS)] : []),
  ...(isolation.setpriv || isolation.nobody ? ['setpriv', ...privileges(isolation), '--'] : []),
];

const privileges = ({ setpriv, nobody }: Isolation): string[] => [
  ...(setpriv ? ['--no-new-privs', '--pdeathsig', 'KILL'] : []),
  ...(nobody ? ['--reuid', '65534', '--regid', '65534', '--clear-groups'] : []),
];

const nodeFlags = ({ childFile, heapMb }: Program, setup: SandboxSetup): string[] => [
  `--max-old-space-size=${heapMb}`,
  ...setup.nodeFlags,
  ...(setup.isolation.permission ? permissionFlags(childFile) : []),
];
