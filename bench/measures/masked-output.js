import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEvents } from '../support/event-stream.js';
import { inTurns } from '../support/in-turns.js';
import { atLeastTimes } from '../support/report.js';
import { startRunlet } from '../support/runlet.js';
import { medianOf } from '../support/statistics.js';

const LINES = 1_000_000;
const ROUNDS = 5;
const SECRETS = {
  PASSWORD: 'c0rrect-h0rse-battery',
  TOKEN: randomBytes(32).toString('base64'),
  KEY: `-----BEGIN PRIVATE KEY-----\n${`${randomBytes(48).toString('base64')}\n`.repeat(26)}-----END PRIVATE KEY-----\n`,
};

/** 100 MB of log lines to one viewer, from a script without secrets and from one with a password, a token and a private key. */
export const maskedOutput = async (workspace) => {
  const file = join(workspace.newFolder('output'), 'lines');
  const lines = Array.from({ length: LINES }, (_, i) =>
    `2026-01-01T00:00:00.000Z INFO worker ${i} has done its job`.padEnd(99),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { client } = await startRunlet(workspace);
  const secrets = Object.entries(SECRETS).map(([key, value]) => ({ key, value, secret: true }));
  const without = await client.createScript('Without secrets', `cat ${file}`);
  const masked = await client.createScript('With secrets', `cat ${file}; echo "$PASSWORD"`, {
    type: 'bash',
    env: secrets,
  });

  const speed = await inTurns(
    { rounds: ROUNDS },
    () => measure(client, without),
    () => measure(client, masked, '***\n'),
  );
  return [
    {
      what: '100 MB with three secrets, MB/s',
      bare: medianOf(speed.bare),
      runlet: medianOf(speed.runlet),
      bar: atLeastTimes(0.6),
      note: `${LINES} log lines, ${ROUNDS} each; bare: the same script without secrets`,
    },
  ];
};

/** MB/s of one run that prints the lines and then `end`. */
const measure = async (client, scriptId, end = '') => {
  const startedAt = performance.now();
  let [length, tail] = [0, ''];
  await readEvents(await client.openRun(await client.run(scriptId)), (type, event) => {
    if (type !== 'log') return;
    length += event.line.length;
    tail = event.line;
  });
  if (length !== LINES * 100 + end.length || !tail.endsWith(end)) throw new Error(`${length} characters came`);
  return length / 1e6 / ((performance.now() - startedAt) / 1000);
};
