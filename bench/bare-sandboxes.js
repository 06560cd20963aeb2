// Baseline: a Node process that keeps one child with vm2 ready, and hands it a body when it is told to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';

const CHILD = fileURLToPath(new URL('bare-sandbox.js', import.meta.url));
const BODY = "print('hi\\n')";
/** Enough for a child to load vm2 and to come to rest. */
const WARM_MS = 400;

const make = () => spawn(process.execPath, [CHILD], { stdio: ['pipe', 'pipe', 'inherit'] });

/** ms from handing over the body, or with a cold child from its spawn, to the first byte on its stdout. */
const firstOutput = async (isWarm) => {
  const ready = isWarm ? make() : null;
  if (ready) await wait(WARM_MS);
  const startedAt = performance.now();
  const child = ready ?? make();
  child.stdin.end(BODY);
  await once(child.stdout, 'data');
  const ms = performance.now() - startedAt;
  await once(child, 'exit');
  return ms;
};

process.on('message', async ({ isWarm }) => {
  process.send({ value: await firstOutput(isWarm) });
});
