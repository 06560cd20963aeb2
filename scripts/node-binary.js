import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'runlet', 'node');

/**
 * The folder of a Node binary of exactly this version, which npm fetches once (its package `node`).
 * @throws when it could not be fetched
 */
export const fetchNode = (version) => {
  const folder = join(cache, version);
  const binaries = join(folder, 'node_modules', 'node', 'bin');
  if (isVersion(binaries, version)) return binaries;
  rmSync(folder, { recursive: true, force: true }); // what is left of a fetch that was interrupted
  mkdirSync(folder, { recursive: true });
  // Its install script puts the binary of this platform in place.
  const options = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts=false'];
  spawnSync('npm', ['install', ...options, `node@${version}`], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (!isVersion(binaries, version)) throw new Error(`Node ${version} could not be fetched: see npm's messages above`);
  return binaries;
};

const isVersion = (binaries, version) => {
  const node = join(binaries, 'node');
  return existsSync(node) && spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout === `v${version}\n`;
};
