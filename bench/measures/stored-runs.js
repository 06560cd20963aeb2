import { readEvents } from '../support/event-stream.js';
import { inTurns } from '../support/in-turns.js';
import { atMostTimes } from '../support/report.js';
import { runletSettings, startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';
import { storeRuns } from '../support/store-runs.js';

const FEW = 100;
const MANY = 10_000;
const ROUNDS = 150;
const WARM_UPS = 30;

/** What a server with many stored runs takes longer for than one with few. */
export const storedRuns = async (workspace) => {
  const few = await serverWith(workspace, FEW);
  const many = await serverWith(workspace, MANY);
  const compare = (measure) =>
    inTurns(
      { rounds: ROUNDS, warmUps: WARM_UPS },
      () => measure(few),
      () => measure(many),
    );
  const figure = async (what, bar, measure) => {
    const { bare, runlet } = await compare(measure);
    return { what, bare: medianOf(bare), runlet: medianOf(runlet), bar };
  };
  const figures = [
    await figure(`${MANY} stored runs: the first page of runs, ms`, atMostTimes(1.2), ({ client }) =>
      timed(() => client.runs('')),
    ),
    await figure('  that of one script', atMostTimes(1.2), ({ client, scriptId }) =>
      timed(() => client.runs(`?scriptId=${scriptId}`)),
    ),
    await figure('  a run', atMostTimes(1.2), ({ client, runIds }) =>
      timed(() => client.getRun(runIds[Math.floor(Math.random() * runIds.length)])),
    ),
    await figure('  all scripts, with their last runs', atMostTimes(1.2), ({ client }) =>
      timed(() => client.summaries()),
    ),
    await figure('  request to first output', atMostTimes(1.2), ({ client, scriptId }) =>
      timed(() => firstOutput(client, scriptId)),
    ),
  ];
  figures[0].note = `${ROUNDS} each; in the place of bare: the same with ${FEW} stored runs`;
  return figures;
};

const serverWith = async (workspace, count) => {
  const settings = { ...runletSettings(workspace), RETENTION_RUNS: '0' }; // nothing is trimmed meanwhile
  const { scriptId, runIds } = await storeRuns(settings.DATA_DIR, count);
  return { ...(await startRunlet(workspace, settings)), scriptId, runIds };
};

const timed = async (call) => {
  const startedAt = performance.now();
  await call();
  return performance.now() - startedAt;
};

const firstOutput = async (client, scriptId) => {
  const response = await client.openRun(await client.run(scriptId));
  await new Promise((resolve, reject) => {
    readEvents(response, (type) => type === 'log' && resolve()).catch(reject);
  });
};
