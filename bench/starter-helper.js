// A process that starts others as the server does, told over IPC what to measure.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { descendantsMb, residentMb } from './support/process-memory.js';

const PROGRAM = fileURLToPath(
  new URL('../dist/adapters/runners/host/spawn/spawner/spawner-program.js', import.meta.url),
);
const folder = mkdtempSync(join(tmpdir(), 'starter-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => process.exit());
const open = {
  execa: async () => {
    const { makeExecaStarter } = await import('../dist/adapters/runners/host/spawn/execa-starter.js');
    return makeExecaStarter(process.env.PATH);
  },
  spawner: async () => {
    const { Spawner } = await import('../dist/adapters/runners/host/spawn/spawner/spawner.js');
    return new Spawner(PROGRAM);
  },
};
const kept = [];
const starters = {};
let number = 0;

const given = (name) => {
  const path = join(folder, `${name}-${number++}`);
  writeFileSync(path, '');
  return { fd: openSync(path, 'a'), path, access: 'append', isPipe: false };
};

/** ms until a process has begun, until it has ended, and for how much of that this process could do nothing else. */
const start = async (kind) => {
  const files = [given('out'), given('err')];
  const starter = (starters[kind] ??= await open[kind]());
  const begunAt = performance.now();
  const { started } = starter.start({ file: '/bin/sh', args: ['-c', ':'], environment: {}, files });
  const heldMs = performance.now() - begunAt;
  const { ended } = await started;
  const startedMs = performance.now() - begunAt;
  await ended;
  const endedMs = performance.now() - begunAt;
  for (const { fd } of files) closeSync(fd);
  return { heldMs, startedMs, endedMs };
};

/** ms from nothing loaded to the first process, and the MB that this takes here and in processes of its own. */
const first = async (kind) => {
  const before = residentMb(process.pid);
  const begunAt = performance.now();
  await start(kind);
  const ms = performance.now() - begunAt;
  const own = descendantsMb(process.pid).reduce((sum, mb) => sum + mb, 0);
  return { ms, mb: residentMb(process.pid) - before + own };
};

process.on('message', async ({ measure, kind, ballastMb = 0 }) => {
  if (ballastMb > 0 && kept.length === 0) kept.push(Buffer.alloc(ballastMb * 1024 * 1024, 1));
  process.send({ value: await (measure === 'first' ? first(kind) : start(kind)) });
});
