// Compiles src/ to dist/. With --if-stale only when dist/ is missing or older than what it is made from.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist', '.built');

const newest = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
};

const isStale = () => {
  if (!existsSync(stamp)) return true;
  const sources = ['src', 'package.json', 'tsconfig.base.json', 'tsconfig.build.json'].map((name) => join(root, name));
  return Math.max(...sources.map(newest)) > statSync(stamp).mtimeMs;
};

/** Ends the process with a message when the sources do not compile. */
export const build = ({ ifStale = false } = {}) => {
  if (ifStale && !isStale()) return;
  process.stderr.write('building…\n');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    process.stderr.write('The build failed: see the messages above.\n');
    process.exit(1);
  }
  chmodSync(join(root, 'dist', 'main.js'), 0o755);
  writeFileSync(stamp, '');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) build({ ifStale: process.argv.includes('--if-stale') });
