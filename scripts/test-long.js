// Runs the tests of the runners and a smoke test of the server on each supported version of Node. With --sample only some of them.
import { spawnSync } from 'node:child_process';
import { chmodSync, constants, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.js';
import { fetchNode } from './node-binary.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const versions = JSON.parse(readFileSync(new URL('./node-versions.json', import.meta.url), 'utf8'));

const SMOKE = 'test/e2e/smoke.int.test.ts';
const ALL = ['test/adapters/runners', SMOKE];
const SAMPLE = [
  'test/adapters/runners/host/bash-runner.int.test.ts',
  'test/adapters/runners/host/node-output.int.test.ts',
  'test/adapters/runners/host/node-runner.int.test.ts',
  'test/adapters/runners/vm2/vm2-runner.int.test.ts',
  SMOKE,
];

/** A copy: some tests run node as another user, who may not enter the folder that npm fetched it into. */
const forAllUsers = (binaries) => {
  const folder = mkdtempSync(join(tmpdir(), 'runlet-node-'));
  chmodSync(folder, 0o755);
  copyFileSync(join(binaries, 'node'), join(folder, 'node'), constants.COPYFILE_FICLONE);
  return folder;
};

/** @returns what became of it, in words; null when all tests have passed */
const test = (version, files) => {
  let binaries;
  try {
    binaries = forAllUsers(fetchNode(version));
  } catch (error) {
    return error.message;
  }
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const { status, signal } = spawnSync(join(binaries, 'node'), [jest, '--selectProjects', 'node', '--', ...files], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_OPTIONS: '--experimental-vm-modules',
      PATH: `${binaries}${delimiter}${process.env.PATH}`,
    },
  });
  rmSync(binaries, { recursive: true });
  return status === 0 ? null : `its tests have failed (${signal ?? `exit code ${status}`})`;
};

await build({ ifStale: true });
const isSample = process.argv.includes('--sample');
const results = versions.map((version) => {
  console.log(`\nNode ${version}`);
  const startedAt = performance.now();
  const failure = test(version, isSample ? SAMPLE : ALL);
  return { version, failure, seconds: Math.round((performance.now() - startedAt) / 1000) };
});

console.log();
for (const { version, failure, seconds } of results) {
  console.log(`Node ${version.padEnd(8)} ${failure ?? `passed in ${seconds} s`}`);
}
if (results.some(({ failure }) => failure !== null)) process.exitCode = 1;
