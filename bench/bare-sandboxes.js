// Baseline: a Node process that keeps one child with vm2 ready, and hands it a body when it is told to.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';

const BODY = "print('hi\\n')";
/** Enough for a child to load vm2 and to come to rest. */
const WARM_MS = 400;

const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url));

const KINDS = {
  plain: {
    make: () => fork(fileOf('bare-sandbox.js'), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }),
    handOver: (child) => child.send(BODY),
  },
  prepared: {
    make: () => spawn(process.execPath, [fileOf('bare-prepared-sandbox.js')], { stdio: ['pipe', 'pipe', 'inherit'] }),
    handOver: (child) => child.stdin.end(BODY),
  },
};

/** ms from handing over the body, or with a cold child from its spawn, to the first byte on its stdout. */
const firstOutput = async ({ make, handOver }, isWarm) => {
  const ready = isWarm ? make() : null;
  if (ready) await wait(WARM_MS);
  const startedAt = performance.now();
  const child = ready ?? make();
  handOver(child);
  await once(child.stdout, 'data');
  const ms = performance.now() - startedAt;
  await once(child, 'exit');
  return ms;
};

process.on('message', async ({ kind, isWarm }) => {
  process.send({ value: await firstOutput(KINDS[kind], isWarm) });
});
