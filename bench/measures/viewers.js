import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTurns } from '../support/in-turns.js';
import { startHelper, startServer } from '../support/processes.js';
import { atMost } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';
import { quantile } from '../support/statistics.js';

const VIEWERS = 500;
const LINES = 1000;
const ROUNDS = 3;
const PRINTER = fileURLToPath(new URL('../lines.js', import.meta.url));

/** Five hundred viewers of one run that prints a hundred lines a second: how late each line is at each of them. */
export const manyViewers = async (workspace) => {
  const helper = startHelper(workspace, 'bench/viewers-helper.js');
  const bareServer = await startServer(workspace, 'bench/bare-broadcast.js');
  const { client } = await startRunlet(workspace);

  const watch = async (gate, url, headers, start) => {
    await helper.ask({ open: { url, headers, count: VIEWERS } });
    await start?.();
    writeFileSync(gate, '');
    return helper.ask({ lines: LINES });
  };
  const measureBare = () => {
    const gate = join(workspace.newFolder('gate'), 'open');
    return watch(gate, `${bareServer.origin}/`, {}, () => post(bareServer.origin, { command: commandOf(gate) }));
  };
  const measureRunlet = async () => {
    const gate = join(workspace.newFolder('gate'), 'open');
    const runId = await client.run(await client.createScript('a hundred lines a second', commandOf(gate)));
    const { url, headers } = client.streamOf(runId);
    return watch(gate, url, headers);
  };
  const { bare, runlet } = await inTurns({ rounds: ROUNDS, warmUps: 1 }, measureBare, measureRunlet);
  return [
    {
      what: `${VIEWERS} viewers × 100 lines/s, late by, p99, ms`,
      bare: p99Of(bare.flat()),
      runlet: p99Of(runlet.flat()),
      bar: atMost(120),
      note: `(p50–worst); ${ROUNDS} runs of ${LINES} lines each, every line at every viewer; bare: each piece written to all, no log`,
    },
  ];
};

const commandOf = (gate) => `exec '${process.execPath}' '${PRINTER}' '${gate}' ${LINES}`;

const p99Of = (delays) => ({
  value: quantile(delays, 0.99),
  low: quantile(delays, 0.5),
  high: quantile(delays, 1),
});

const post = async (origin, body) => {
  const response = await fetch(origin, { method: 'POST', body: JSON.stringify(body) });
  await response.text();
};
