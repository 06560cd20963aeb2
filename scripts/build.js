// Compiles src/ to dist/, and src/ui to dist/ui. With --if-stale only what is missing or older than what it is made from.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const ui = join(root, 'src', 'ui');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const NOT_INSTALLED =
  'dist/ is missing or older than its sources, and what builds it is not installed: npm ci --omit=dev leaves it out.\n' +
  'Build first: npm ci && npm run build && npm ci --omit=dev && npm start';

const server = {
  stamp: join(dist, '.built'),
  sources: [
    'src',
    'package.json',
    'tsconfig.base.json',
    'tsconfig.build.json',
    'scripts/bundle-program.js',
    'scripts/preflight.js',
  ],
  isSource: (path) => path !== ui,
};
const page = {
  stamp: join(dist, '.built-ui'),
  sources: ['src/ui', 'package-lock.json', 'tsconfig.base.json', 'scripts/build-console.js'],
  isSource: () => true,
};

const newest = (path, isSource) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path)
    .map((name) => join(path, name))
    .filter(isSource);
  return Math.max(stat.mtimeMs, ...inside.map((each) => newest(each, isSource)));
};

const isStale = ({ stamp, sources, isSource }) =>
  !existsSync(stamp) ||
  Math.max(...sources.map((name) => newest(join(root, name), isSource))) > statSync(stamp).mtimeMs;

/** Ends the process with a message when the sources do not compile. */
export const build = async ({ ifStale = false } = {}) => {
  const needed = [server, page].filter((part) => !ifStale || isStale(part));
  if (needed.length > 0 && !existsSync(tsc)) fail(NOT_INSTALLED);
  if (needed.includes(server)) await buildServer();
  if (needed.includes(page)) await buildPage();
};

const buildServer = async () => {
  process.stderr.write('building…\n');
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) {
    if (name !== 'ui' && name !== '.built-ui') rmSync(join(dist, name), { recursive: true });
  }
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) fail('The build failed: see the messages above.');
  const { bundleProgram } = await import('./bundle-program.js');
  await bundleProgram(dist).catch((error) => fail(`The program could not be bundled: ${error.stack}`));
  chmodSync(join(dist, 'main.js'), 0o755);
  writeFileSync(server.stamp, '');
};

const buildPage = async () => {
  process.stderr.write('building the console…\n');
  rmSync(page.stamp, { force: true });
  const { buildConsole } = await import('./build-console.js');
  await buildConsole().catch((error) => fail(`The console could not be built: ${error.stack}`));
  writeFileSync(page.stamp, '');
};

const fail = (message) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ ifStale: process.argv.includes('--if-stale') });
