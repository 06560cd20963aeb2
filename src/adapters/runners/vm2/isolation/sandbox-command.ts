import { NICENESS } from './give-way.js';
import { permissionFlags } from './permission-flags.js';
import type { Walls } from './isolation.js';

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

/** The command that starts the program behind these walls. Each tool replaces itself by the next: it stays one process. */
export const sandboxCommand = (program: Program, walls: Walls): Command => {
  const [file, ...args] = [...tools(program, walls), process.execPath, ...nodeFlags(program, walls), program.childFile];
  return [file, ...args];
};

/** What needs root comes before what gives it up. */
const tools = ({ memoryMb }: Program, walls: Walls): string[] => [
  ...(walls.unshare ? ['unshare', '--net', '--ipc', '--uts', '--'] : []),
  ...(walls.prlimit
    ? ['prlimit', `--data=${memoryMb * 1024 * 1024}`, '--core=0', '--fsize=0', '--nofile=64', '--']
    : []),
  ...(walls.nice ? ['nice', '-n', String(NICENESS)] : []),
  ...(walls.setpriv || walls.nobody ? ['setpriv', ...privileges(walls), '--'] : []),
];

const privileges = ({ setpriv, nobody }: Walls): string[] => [
  ...(setpriv ? ['--no-new-privs', '--pdeathsig', 'KILL'] : []),
  ...(nobody ? ['--reuid', '65534', '--regid', '65534', '--clear-groups'] : []),
];

const nodeFlags = ({ childFile, heapMb }: Program, walls: Walls): string[] => [
  `--max-old-space-size=${heapMb}`,
  '--disallow-code-generation-from-strings',
  '--no-expose-wasm',
  '--no-addons',
  '--no-warnings',
  ...(walls.permission ? permissionFlags(childFile) : []),
];
