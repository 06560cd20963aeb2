import { once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { inTurns } from '../support/in-turns.js';
import { spawnServer } from '../support/processes.js';
import { atMostTimes } from '../support/report.js';
import { RUNLET, runletSettings } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const ROUNDS = 15;
const POLL_MS = 2;
const PATIENCE_MS = 20_000;

/** From the start of the process to the first 200 of /healthz. */
export const startUp = async (workspace) => {
  const settings = runletSettings(workspace); // one data folder: made by the warm-up, found by all others
  const { bare, runlet } = await inTurns(
    { rounds: ROUNDS },
    () => measure(workspace, 'bench/bare-http.js'),
    () => measure(workspace, RUNLET, settings),
  );
  return [
    {
      what: 'start to first 200 of /healthz, ms',
      bare: medianOf(bare),
      runlet: medianOf(runlet),
      bar: atMostTimes(7),
      note: `${ROUNDS} each, asked every ${POLL_MS} ms; bare: a Node http server`,
    },
  ];
};

const measure = async (workspace, script, settings) => {
  const port = await freePort();
  const startedAt = performance.now();
  const server = spawnServer(workspace, script, { ...settings, PORT: String(port) });
  server.stdout.resume();
  while (!(await answers(port))) {
    if (performance.now() - startedAt > PATIENCE_MS) throw new Error(`${script} does not answer:\n${server.errors()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const ms = performance.now() - startedAt;
  await server.stop();
  return ms;
};

const answers = (port) =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).once('error', () => resolve(false));
  });

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};
