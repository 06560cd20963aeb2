import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { inTurns } from '../support/in-turns.js';
import { peakMb, residentMb } from '../support/process-memory.js';
import { atMostTimes, under } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const LINES = 2_000_000;
const VIEWERS = 20;
const ROUNDS = 3;

/** A script that prints 200 MB while twenty viewers have opened its stream and read nothing. */
export const stalledViewers = async (workspace) => {
  const file = join(workspace.newFolder('output'), 'lines');
  writeFileSync(file, `${'.'.repeat(99)}\n`.repeat(LINES));
  const { client, pid } = await startRunlet(workspace, { MAX_LOG_BYTES: '300000000' });
  // Waits until all are there.
  const scriptId = await client.createScript('200 MB', `sleep 0.5; cat ${file}`);
  const restMb = residentMb(pid);
  const seconds = await inTurns(
    { rounds: ROUNDS },
    () => measure(client, scriptId, 0),
    () => measure(client, scriptId, VIEWERS),
  );
  const grownMb = peakMb(pid) - restMb;
  return [
    {
      what: `200 MB with ${VIEWERS} stalled viewers, s`,
      bare: medianOf(seconds.bare),
      runlet: medianOf(seconds.runlet),
      bar: atMostTimes(1.5),
      note: `start to end of the run, ${ROUNDS} each, every byte in the log; bare: without viewers`,
    },
    {
      what: '  growth of the server’s memory, peak, MB',
      bare: { value: restMb },
      runlet: { value: grownMb },
      bar: under(100),
      note: 'bare: what it took before the first of these runs',
    },
  ];
};

/** Seconds from the start of the script to its end. */
const measure = async (client, scriptId, viewers) => {
  const runId = await client.run(scriptId);
  const streams = await Promise.all(Array.from({ length: viewers }, () => client.openRun(runId))); // nobody reads them
  for (;;) {
    const { item } = await client.getRun(runId);
    if (item.status === 'succeeded') {
      for (const stream of streams) stream.destroy();
      const { bytes, droppedBytes } = item.meta.output;
      if (bytes !== LINES * 100 || droppedBytes !== 0)
        throw new Error(`${bytes} bytes came, ${droppedBytes} were dropped`);
      return item.meta.durationMs / 1000 - 0.5;
    }
    if (item.status !== 'queued' && item.status !== 'running') throw new Error(`the run ended as ${item.status}`);
    await pause(20);
  }
};
