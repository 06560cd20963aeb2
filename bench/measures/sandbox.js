import { setTimeout as wait } from 'node:timers/promises';
import { readEvents } from '../support/event-stream.js';
import { inTurns } from '../support/in-turns.js';
import { startHelper } from '../support/processes.js';
import { atMostTimes } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const ROUNDS = { warm: 40, cold: 20 };
/** As many as a server keeps ready: the next that comes at once finds none. */
const READY = 2;
/** For the pool to be full and at rest again. */
const REST_MS = 700;
const SAY_HI = "console.log('hi')";
/** Takes a ready sandbox, and no processor. */
const SAY_NOTHING = '0';
const IN_VM2 = { type: 'node', runner: 'vm2' };

/** From the request to the first output of a vm2 script, with a sandbox that was ready and with one that had to be made. */
export const sandboxFirstOutput = async (workspace) => {
  const sandboxes = startHelper(workspace, 'bench/bare-sandboxes.js');
  const { client } = await startRunlet(workspace);
  const scriptId = await client.createScript('says hi', SAY_HI, IN_VM2);
  const silentId = await client.createScript('takes a sandbox', SAY_NOTHING, IN_VM2);
  const measureRunlet = async (isWarm) => {
    await wait(REST_MS);
    const taking = isWarm ? [] : Array.from({ length: READY }, () => client.run(silentId));
    await Promise.all(taking);
    return firstOutput(client, scriptId);
  };
  const measure = (isWarm, rounds) =>
    inTurns(
      { rounds, warmUps: 5 },
      () => sandboxes.ask({ isWarm }),
      () => measureRunlet(isWarm),
    );
  const warm = await measure(true, ROUNDS.warm);
  const cold = await measure(false, ROUNDS.cold);
  return [
    {
      what: 'vm2, request to first output, warm, ms',
      bare: medianOf(warm.bare),
      runlet: medianOf(warm.runlet),
      bar: atMostTimes(2.5),
      note: `${ROUNDS.warm} each; bare: a child with vm2 loaded, body on stdin to first byte`,
    },
    {
      what: '  cold, ms',
      bare: medianOf(cold.bare),
      runlet: medianOf(cold.runlet),
      bar: atMostTimes(2.5),
      note: `${ROUNDS.cold} each, the ${READY} ready ones taken just before; bare: the spawn of such a child to first byte`,
    },
  ];
};

const firstOutput = async (client, scriptId) => {
  const startedAt = performance.now();
  let ms;
  let printed = '';
  await readEvents(await client.openRun(await client.run(scriptId)), (type, event) => {
    if (type !== 'log') return;
    ms ??= performance.now() - startedAt;
    printed += event.line;
  });
  if (printed !== 'hi\n') throw new Error(`the viewer got ${JSON.stringify(printed)}`);
  return ms;
};
