import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { databaseUri } from '../support/mongo/database-uri.js';
import { describeWithTestServers } from '../support/mongo/describe-with-mongo.js';
import { type MongoServer, startMongoServer } from '../support/mongo/mongo-server.js';
import { printedOn, RUNS, SCRIPTS } from './support/api-client.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';
import type { ErrorJson } from './support/wire-types.js';

const OUTAGE_MS = 10_000;
const MB = 1024 * 1024;

await describeWithTestServers('A store that goes away for 10 s while scripts run', () => {
  let mongo: MongoServer;
  let dataFile: string;
  let server: Server;

  beforeAll(async () => {
    dataFile = join(await temporaryFolder(), 'mongo');
    mongo = await startMongoServer({ dataFile });
    server = await startServer({
      ...(await freshDataDir()),
      MONGODB_URI: databaseUri(mongo.uri, 'runlet'),
      LOG_LEVEL: 'error',
    });
  }, 60_000);

  afterAll(async () => {
    await cleanUp();
    await mongo.stop();
  }, 30_000);

  it.each([
    [
      'stopped and started again',
      () => mongo.stop(),
      async () => void (mongo = await startMongoServer({ port: mongo.port, dataFile })),
    ],
    ['hanging', () => mongo.pause(), async () => mongo.resume()],
  ])(
    '%s: runs go on, new ones are refused at once, and nothing is lost',
    async (_, goAway, comeBack) => {
      const { api } = server;
      const mark = join(await temporaryFolder(), 'mark');
      const { id: other } = await api.createScript({ script: 'true' });
      // Prints through the outage and a little longer.
      const steady = await api.run({ script: 'for i in {1..300}; do echo line $i ✓; sleep 0.04; done; exit 3' });
      // Prints more than is held, and notes when it has got rid of it.
      const flood = await api.run({
        script: `echo ready; sleep 2; head -c ${20 * MB} /dev/zero | tr '\\0' x; date +%s%N > ${mark}`,
      });
      // Ends while the store is away.
      const short = await api.run({ script: 'echo begin; sleep 3; echo end' });
      await api.printed(flood, 'ready');
      await api.printed(short, 'begin');

      await goAway();
      const wentAt = performance.now();
      await eventually(async () => expect((await api.get('/healthz')).status).toBe(503));
      expect(performance.now() - wentAt).toBeLessThan(4000);
      while (performance.now() - wentAt < OUTAGE_MS) {
        for (const ask of [
          () => api.send<ErrorJson>('POST', `${SCRIPTS}/${other}/run`),
          () => api.get<ErrorJson>(`${RUNS}/${steady}`),
          () => api.get<ErrorJson>(RUNS),
          () => api.get<ErrorJson>(`${RUNS}/${steady}/stream`),
          () => api.get('/healthz'),
        ]) {
          const began = performance.now();
          const answer = await ask();
          expect(answer.status).toBe(503);
          expect(performance.now() - began).toBeLessThan(1500);
          if (answer.text.includes('error')) {
            expect(answer.body).toMatchObject({ code: 'store.unavailable' });
            expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' }); // its pipe waits
      await comeBack();

      const backAt = performance.now();
      expect(await api.ended(short)).toMatchObject({ status: 'succeeded', exitCode: 0, outputTail: 'begin\nend\n' });
      const flooded = await api.ended(flood);
      expect(flooded).toMatchObject({ status: 'succeeded', meta: { output: { bytes: 20 * MB + 6, droppedBytes: 0 } } });
      expect(await api.ended(steady)).toMatchObject({ status: 'failed', exitCode: 3, meta: { reason: 'exit-code' } });
      expect(performance.now() - backAt).toBeLessThan(15_000);
      await readFile(mark);

      for (const runId of [short, steady, flood]) {
        const events = await api.events(runId);
        expect(events.map(({ seq }) => seq)).toEqual(events.map((__, index) => index + 1));
        expect(events.at(-1)).toMatchObject({ type: 'done' });
        if (runId === steady) {
          const lines = Array.from({ length: 300 }, (__, i) => `line ${i + 1} ✓\n`).join('');
          expect(printedOn('stdout', events)).toBe(lines);
        }
        if (runId === flood) expect(printedOn('stdout', events) === `ready\n${'x'.repeat(20 * MB)}`).toBe(true);
      }
      // What was refused was not accepted behind the caller's back.
      expect((await api.runs(`?scriptId=${other}`)).items).toEqual([]);
      expect(await api.runToEnd({ script: 'echo on' })).toMatchObject({ status: 'succeeded', outputTail: 'on\n' });
    },
    120_000,
  );
});
