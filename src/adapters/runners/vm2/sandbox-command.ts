import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';
import { type Walls } from './walls.js';

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
  ...(walls.nice ? ['nice', '-n', '10'] : []),
  ...(walls.setpriv || walls.nobody ? ['setpriv', ...privileges(walls), '--'] : []),
];

const privileges = ({ setpriv, nobody }: Walls): string[] => [
  ...(setpriv ? ['--no-new-privs', '--pdeathsig', 'KILL'] : []),
  ...(nobody ? ['--reuid', '65534', '--regid', '65534', '--clear-groups'] : []),
];

/** The name of the switch in this version of Node; null where there is no permission model. */
export const PERMISSION_FLAG =
  ['--permission', '--experimental-permission'].find((flag) => process.allowedNodeEnvironmentFlags.has(flag)) ?? null;

const nodeFlags = ({ childFile, heapMb }: Program, walls: Walls): string[] => [
  `--max-old-space-size=${heapMb}`,
  '--disallow-code-generation-from-strings',
  '--no-expose-wasm',
  '--no-addons',
  '--no-warnings',
  ...(walls.permission && PERMISSION_FLAG !== null ? [PERMISSION_FLAG, ...readable(childFile)] : []),
];

/** What the program reads: its own folder, vm2, and what vm2 is made of. */
const readable = (childFile: string): string[] => {
  const vm2 = createRequire(childFile).resolve('vm2/package.json');
  const paths = [
    `${dirname(realpathSync(childFile))}/*`,
    ...outermostLink(childFile),
    ...packagePaths('vm2', childFile),
    ...packagePaths('acorn', vm2),
    ...packagePaths('acorn-walk', vm2),
  ];
  return [...new Set(paths)].map((path) => `--allow-fs-read=${path}`);
};

const packagePaths = (name: string, from: string): string[] => {
  const require = createRequire(from);
  const found = (require.resolve.paths(name) ?? [])
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  return [
    `${dirname(require.resolve(`${name}/package.json`))}/*`,
    ...(found === undefined ? [] : outermostLink(found)),
  ];
};

/** The model checks a link on the way as well. A path that begins with one which is allowed already would undo that (Node 20). */
const outermostLink = (path: string): string[] => {
  let link: string[] = [];
  for (let at = path; at !== parse(at).root; at = dirname(at)) if (lstatSync(at).isSymbolicLink()) link = [at];
  return link;
};
