// Runs every test with all of its cases, then the tests of the runners and a smoke test of the server on each supported version of Node.
// With --sample only some of the latter, on the versions other than the one that it runs on.
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
const testOn = (version) => {
  let binaries;
  try {
    binaries = forAllUsers(fetchNode(version));
  } catch (error) {
    return error.message;
  }
  const PATH = `${binaries}${delimiter}${process.env.PATH}`;
  const files = ['--selectProjects', 'node', '--', ...(isSample ? SAMPLE : ALL)];
  const failure = jest(join(binaries, 'node'), files, { PATH });
  rmSync(binaries, { recursive: true });
  return failure;
};

const jest = (node, options, environment = {}) => {
  const { status, signal } = spawnSync(node, [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...options], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_OPTIONS: '--experimental-vm-modules',
      ...(isSample ? {} : { RUNLET_ALL_CASES: '1' }),
      ...environment,
    },
  });
  return status === 0 ? null : `its tests have failed (${signal ?? `exit code ${status}`})`;
};

const isSample = process.argv.includes('--sample');
const steps = versions
  .filter((version) => !isSample || `v${version}` !== process.version)
  .map((version) => [`Node ${version}`, () => testOn(version)]);
if (!isSample) steps.unshift(['All tests', () => jest(process.execPath, [])]);

await build({ ifStale: true });
const results = steps.map(([name, test]) => {
  console.log(`\n${name}`);
  const startedAt = performance.now();
  const failure = test();
  return { name, failure, seconds: Math.round((performance.now() - startedAt) / 1000) };
});

console.log();
for (const { name, failure, seconds } of results) {
  console.log(`${name.padEnd(13)} ${failure ?? `passed in ${seconds} s`}`);
}
if (results.some(({ failure }) => failure !== null)) process.exitCode = 1;
