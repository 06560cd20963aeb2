import { setTimeout as wait } from 'node:timers/promises';
import { firstOutput } from '../support/first-output.js';
import { inTurns } from '../support/in-turns.js';
import { startHelper, startServer } from '../support/processes.js';
import { atMostTimes } from '../support/report.js';
import { clientOf, startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const ROUNDS = { warm: 40, compared: 20, cold: 20 };
/** One after the other, for V8 to compile what runs often. */
const WARM_UP_RUNS = 80;
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
  const bareServer = clientOf(workspace, await startServer(workspace, 'bench/bare-sandbox-server.js'), 'nobody:asks');
  const { client } = await startRunlet(workspace);
  const scriptId = await client.createScript('says hi', SAY_HI, IN_VM2);
  const silentId = await client.createScript('takes a sandbox', SAY_NOTHING, IN_VM2);
  for (let run = 0; run < WARM_UP_RUNS; run += 1) await firstOutput(client, scriptId);

  const beside = (rounds, measureBare, measureRunlet) => inTurns({ rounds, warmUps: 5 }, measureBare, measureRunlet);
  const warm = async () => {
    await wait(REST_MS);
    return firstOutput(client, scriptId);
  };
  const cold = async () => {
    await wait(REST_MS);
    await Promise.all(Array.from({ length: READY }, () => client.run(silentId)));
    return firstOutput(client, scriptId);
  };
  const plain = await beside(ROUNDS.warm, () => sandboxes.ask({ kind: 'plain', isWarm: true }), warm);
  const prepared = await beside(ROUNDS.compared, () => sandboxes.ask({ kind: 'prepared', isWarm: true }), warm);
  const served = await beside(
    ROUNDS.compared,
    async () => {
      await wait(REST_MS);
      return firstOutput(bareServer, 'any');
    },
    warm,
  );
  const made = await beside(ROUNDS.cold, () => sandboxes.ask({ kind: 'prepared', isWarm: false }), cold);
  return [
    {
      what: 'vm2, request to first output, warm, ms',
      ...medians(plain),
      bar: atMostTimes(2.5),
      note: `${ROUNDS.warm} each; bare: a child that has loaded vm2 and made a sandbox, body as a message to first byte`,
    },
    {
      what: '  the same, ms',
      ...medians(prepared),
      note: `${ROUNDS.compared} each; bare: a child that has run something too, body on stdin, output by writeSync, as Runlet's own`,
    },
    {
      what: '  the same, ms',
      ...medians(served),
      note: `${ROUNDS.compared} each; bare: that child behind a Node HTTP server, the same two requests of the same client`,
    },
    {
      what: '  cold, ms',
      ...medians(made),
      bar: atMostTimes(2.5),
      note: `${ROUNDS.cold} each, the ${READY} ready ones taken just before; bare: the spawn of such a child to first byte`,
    },
  ];
};

const medians = ({ bare, runlet }) => ({ bare: medianOf(bare), runlet: medianOf(runlet) });
