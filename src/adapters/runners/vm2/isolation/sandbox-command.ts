import { NICENESS } from './give-way.js';
import { permissionFlags } from './permission-flags.js';
import type { Isolation } from './isolation.js';

export type Command = readonly [file: string, ...args: string[]];

/** How to start the program of a sandbox. */
export interface Program {
  /** Absolute path of the compiled `sandbox-child.js`. */
  readonly childFile: string;
  /** Limit of V8's old generation, MiB. */
  readonly heapMb: number;
  /** Limit of the whole process, MiB: what is resident and, with the wall `prlimit`, what it allocates. */
  readonly memoryMb: number;
}

/** The command that starts the program under this isolation. Each tool execs the next, so it stays one process. */
export const sandboxCommand = (program: Program, isolation: Isolation): Command => {
  const [file, ...args] = [
    ...tools(program, isolation),
    process.execPath,
    ...nodeFlags(program, isolation),
    program.childFile,
  ];
  return [file, ...args];
};

/** What needs root comes before what gives it up. */
const tools = ({ memoryMb }: Program, isolation: Isolation): string[] => [
  ...(isolation.unshare ? ['unshare', '--net', '--ipc', '--uts', '--'] : []),
  ...(isolation.prlimit
    ? ['prlimit', `--data=${memoryMb * 1024 * 1024}`, '--core=0', '--fsize=0', '--nofile=64', '--']
    : []),
  ...(isolation.nice ? ['nice', '-n', String(NICENESS)] : []),
  ...(isolation.setpriv || isolation.nobody ? ['setpriv', ...privileges(isolation), '--'] : []),
];

const privileges = ({ setpriv, nobody }: Isolation): string[] => [
  ...(setpriv ? ['--no-new-privs', '--pdeathsig', 'KILL'] : []),
  ...(nobody ? ['--reuid', '65534', '--regid', '65534', '--clear-groups'] : []),
];

const nodeFlags = ({ childFile, heapMb }: Program, isolation: Isolation): string[] => [
  `--max-old-space-size=${heapMb}`,
  '--disallow-code-generation-from-strings',
  '--no-expose-wasm',
  '--no-addons',
  '--no-warnings',
  ...(isolation.permission ? permissionFlags(childFile) : []),
];
