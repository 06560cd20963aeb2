import { readEvents } from '../support/event-stream.js';
import { inTurns } from '../support/in-turns.js';
import { startHelper } from '../support/processes.js';
import { atMostTimes } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const COMMAND = 'echo hi';
const ROUNDS = 100;
const WARM_UPS = 15;

/** From the request that starts a run to its first output at a viewer who opens the stream as soon as the run's id is there. */
export const firstOutput = async (workspace) => {
  const spawner = startHelper(workspace, 'bench/bare-spawn.js');
  const { client } = await startRunlet(workspace);
  const scriptId = await client.createScript('first output', COMMAND);
  const { bare, runlet } = await inTurns(
    { rounds: ROUNDS, warmUps: WARM_UPS },
    () => spawner.ask({ measure: 'first-output', command: COMMAND }),
    () => measureRunlet(client, scriptId),
  );
  return [
    {
      what: 'request to first output at a viewer, ms',
      bare: medianOf(bare),
      runlet: medianOf(runlet),
      bar: atMostTimes(1.5),
      note: `bash -lc '${COMMAND}', ${ROUNDS} each; bare: spawn to first byte`,
    },
  ];
};

const measureRunlet = async (client, scriptId) => {
  const startedAt = performance.now();
  let ms;
  let printed = '';
  const response = await client.openRun(await client.run(scriptId));
  await readEvents(response, (type, event) => {
    if (type !== 'log') return;
    ms ??= performance.now() - startedAt;
    printed += event.line;
  });
  if (printed !== 'hi\n') throw new Error(`the viewer got ${JSON.stringify(printed)} of: ${COMMAND}`);
  return ms;
};
