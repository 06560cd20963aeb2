import { residentMb } from '../support/process-memory.js';
import { startHelper } from '../support/processes.js';
import { under } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';

const COMMAND = 'echo hi';
const CONCURRENCY = 8;
/** Until the code is compiled and the heap has its size. */
const WARM_UP = 2000;
const RUNS = 2000;
const STEPS = 4;

/** What a server holds after two thousand runs that it did not hold before. */
export const memoryGrowth = async (workspace) => {
  const spawner = startHelper(workspace, 'bench/bare-spawn.js');
  const { client, pid } = await startRunlet(workspace);
  const scriptId = await client.createScript('hi', COMMAND);
  const bare = await growthOf(spawner.pid, (count) =>
    spawner.ask({ measure: 'rate', command: COMMAND, count, concurrency: CONCURRENCY }),
  );
  const runlet = await growthOf(pid, (count) => runAll(client, scriptId, count));
  return [
    {
      what: `growth of memory over ${RUNS} runs, MB`,
      bare: { value: bare.growth },
      runlet: { value: runlet.growth },
      bar: under(20),
      note:
        `bash -lc '${COMMAND}', ${CONCURRENCY} at once, after ${WARM_UP} that warm up; a quarter of them each: ` +
        `${runlet.steps.map((mb) => mb.toFixed(1)).join(', ')}; bare: a process that spawns them`,
    },
  ];
};

const growthOf = async (pid, run) => {
  await run(WARM_UP);
  const sizes = [residentMb(pid)];
  for (let step = 0; step < STEPS; step += 1) {
    await run(RUNS / STEPS);
    sizes.push(residentMb(pid));
  }
  return { growth: sizes.at(-1) - sizes[0], steps: sizes.slice(1).map((mb, n) => mb - sizes[n]) };
};

const runAll = async (client, scriptId, count) => {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await client.runToEnd(scriptId);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
};
