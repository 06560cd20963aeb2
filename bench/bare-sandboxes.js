// Baseline: a Node process that keeps one child with vm2 ready, and hands it a body when it is told to.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { BODY, makePrepared } from './support/prepared-sandbox.js';

/** Enough for a child to load vm2 and to come to rest. */
const WARM_MS = 400;

const PLAIN = fileURLToPath(new URL('bare-sandbox.js', import.meta.url));

const KINDS = {
  plain: {
    make: () => fork(PLAIN, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }),
    handOver: (child) => child.send(BODY),
  },
  prepared: {
    make: makePrepared,
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
