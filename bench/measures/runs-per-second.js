import { readEvents } from '../support/event-stream.js';
import { inTurns } from '../support/in-turns.js';
import { startHelper } from '../support/processes.js';
import { atLeastTimes } from '../support/report.js';
import { restedDisk } from '../support/rested-disk.js';
import { startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const COMMAND = ':';
const CONCURRENCY = 8;
const ROUNDS = 9;
const RUNS = 80;
const PATIENCE_MS = 20_000;

/** Runs that are started, executed, stored and seen to have succeeded, in a second, eight at once. */
export const runsPerSecond = async (workspace) => {
  const newFileMs = await restedDisk(workspace); // each run makes one, its log
  const spawner = startHelper(workspace, 'bench/bare-spawn.js');
  const { client } = await startRunlet(workspace, { MAX_CONCURRENT_RUNS: String(CONCURRENCY) });
  const scriptId = await client.createScript('nothing', COMMAND);
  const ends = new RunEnds();
  const watching = ends.watch(await client.openRuns());
  const load = { command: COMMAND, count: RUNS, concurrency: CONCURRENCY };
  const { bare, runlet } = await Promise.race([
    watching,
    inTurns(
      { rounds: ROUNDS, warmUps: 24 },
      () => spawner.ask({ measure: 'rate', ...load }),
      () => measureRunlet(client, scriptId, ends),
    ),
  ]);
  ends.leave();
  return [
    {
      what: `runs per second, ${CONCURRENCY} at once`,
      bare: medianOf(bare),
      runlet: medianOf(runlet),
      bar: atLeastTimes(0.55),
      note: `bash -lc '${COMMAND}', ${ROUNDS} rounds of ${RUNS} each; bare: spawn to exit; a new file takes ${newFileMs.toFixed(2)} ms here`,
    },
  ];
};

const measureRunlet = async (client, scriptId, ends) => {
  let left = RUNS;
  const lane = async () => {
    while (left-- > 0) await ends.of(await client.run(scriptId));
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return (RUNS * 1000) / (performance.now() - startedAt);
};

/** The ends of runs, from the stream of all runs; that of one may come before the answer that names it. */
class RunEnds {
  #come = new Map();
  #awaited = new Map();
  #response;

  async watch(response) {
    this.#response = response;
    await readEvents(response, (type, { id, status }) => {
      if (type !== 'run' || status === 'queued' || status === 'running') return;
      const tell = this.#awaited.get(id);
      if (tell) tell(status);
      else this.#come.set(id, status);
    });
    throw new Error('the stream of all runs has ended');
  }

  async of(runId) {
    const status = this.#come.get(runId) ?? (await this.#next(runId));
    this.#come.delete(runId);
    this.#awaited.delete(runId);
    if (status !== 'succeeded') throw new Error(`run ${runId} of "${COMMAND}" is ${status}`);
  }

  leave() {
    this.#response.destroy();
  }

  #next(runId) {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`the end of run ${runId} was not told within ${PATIENCE_MS / 1000} s`));
      const timer = setTimeout(late, PATIENCE_MS);
      this.#awaited.set(runId, (status) => {
        clearTimeout(timer);
        resolve(status);
      });
    });
  }
}
