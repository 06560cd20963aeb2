import { firstOutput } from '../support/first-output.js';
import { inTurns } from '../support/in-turns.js';
import { startHelper } from '../support/processes.js';
import { atMostTimes } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const COMMAND = 'echo hi';
const ROUNDS = 100;
const WARM_UPS = 15;

/** From the request that starts a run to its first output at a viewer who opens the stream as soon as the run's id is there. */
export const requestToFirstOutput = async (workspace) => {
  const spawner = startHelper(workspace, 'bench/bare-spawn.js');
  const { client } = await startRunlet(workspace);
  const scriptId = await client.createScript('first output', COMMAND);
  const { bare, runlet } = await inTurns(
    { rounds: ROUNDS, warmUps: WARM_UPS },
    () => spawner.ask({ measure: 'first-output', command: COMMAND }),
    () => firstOutput(client, scriptId),
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
