// Baseline: a Node process that does nothing but spawn, told over IPC what to measure.
import { spawn } from 'node:child_process';

const STDIO = ['ignore', 'pipe', 'pipe']; // the least that a runner of scripts needs

/** ms from the spawn to the first byte on stdout. */
const firstOutput = (command) =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let ms;
    const child = spawn('bash', ['-lc', command], { stdio: STDIO });
    child.stdout.once('data', () => (ms = performance.now() - startedAt));
    child.stdout.resume();
    child.stderr.resume();
    child.once('error', reject);
    child.once('close', () => (ms === undefined ? reject(new Error(`no output of: ${command}`)) : resolve(ms)));
  });

/** Runs per second, `concurrency` at once. */
const rate = async (command, count, concurrency) => {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await succeed(command);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, lane));
  return (count * 1000) / (performance.now() - startedAt);
};

const succeed = (command) =>
  new Promise((resolve, reject) => {
    const child = spawn('bash', ['-lc', command], { stdio: STDIO });
    child.stdout.resume();
    child.stderr.resume();
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code} of: ${command}`))));
  });

process.on('message', async ({ measure, command, count, concurrency }) => {
  const value = await (measure === 'first-output' ? firstOutput(command) : rate(command, count, concurrency));
  process.send({ value });
});
