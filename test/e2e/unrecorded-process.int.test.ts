import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { databaseUri } from '../support/mongo/database-uri.js';
import { describeWithTestServers } from '../support/mongo/describe-with-mongo.js';
import { type MongoServer, startMongoServer } from '../support/mongo/mongo-server.js';
import { type Command, type RefusingProxy, startRefusingProxy } from '../support/mongo/refusing-proxy.js';
import { processesNamed } from './support/processes.js';
import type { Environment } from './support/program.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

const AWAY_MS = 6000;
const ALIVE_MS = 4000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const recordsAProcess = (command: Command): boolean =>
  command.update === 'script_runs' && JSON.stringify(command.updates).includes('claim.process');

const KINDS = [
  ['a pre-started shell', []],
  ['a process of its own', [{ key: 'A', value: '1' }]],
] as const;

await describeWithTestServers('A server that is killed before it has stored which process runs a run', () => {
  let mongo: MongoServer;
  let proxy: RefusingProxy;
  let settings: Environment;
  beforeAll(async () => {
    mongo = await startMongoServer({ dataFile: join(await temporaryFolder(), 'mongo') });
    proxy = await startRefusingProxy(databaseUri(mongo.uri, 'runlet'));
    settings = { ...(await freshDataDir()), MONGODB_URI: proxy.uri, LOG_LEVEL: 'error', KILL_GRACE_MS: '300' };
  }, 60_000);
  afterAll(async () => {
    await cleanUp();
    await proxy.close();
    await mongo.stop();
  }, 30_000);

  const start = async (server: Server, env: object, before = (): void => undefined) => {
    const sleep = `300.${randomInt(2 ** 47)}`;
    await server.api.runToEnd({ name: `Before ${sleep}`, script: 'true' }); // everything is ready from here on
    const { id } = await server.api.createScript({
      ...{ name: `Began ${sleep}`, env },
      script: `setsid sleep ${sleep} & sleep ${sleep}`,
    });
    before();
    return { runId: await server.api.startRun(id), processes: () => processesNamed(`sleep ${sleep}`) };
  };
  const expectEnded = async (runId: string): Promise<void> => {
    const server = await startServer(settings);
    expect(await server.api.ended(runId)).toMatchObject({
      status: 'failed',
      meta: { reason: 'interrupted', leftovers: expect.arrayContaining([expect.objectContaining({ ended: true })]) },
    });
    await server.stop();
  };

  const cancel = async (runId: string): Promise<void> => {
    const server = await startServer(settings);
    await server.api.cancel(runId);
    await server.api.ended(runId);
    await server.stop();
  };

  it.each(KINDS)('leaves nothing of the script: in %s', async (_, env) => {
    const server = await startServer(settings);
    let refused = 0;
    const refuse = (): void => proxy.refuse((command) => recordsAProcess(command) && ++refused > 0);
    const { runId, processes } = await start(server, env, refuse);
    await eventually(() => expect(processes().length).toBeGreaterThanOrEqual(2));
    await eventually(() => expect(refused).toBeGreaterThanOrEqual(1));
    await server.kill();
    proxy.refuse(null);
    await expectEnded(runId);
    expect(processes()).toEqual([]);
  });

  it.each(KINDS)(
    'leaves nothing of the script, the store having gone some ms after the start: in %s',
    async (_, env) => {
      let begun = false;
      // The claim has to be stored by then, or the script has not begun: a busy machine gets more time.
      for (let tries = 0; tries < 5 && !begun; tries++) {
        const server = await startServer(settings);
        const { runId, processes } = await start(server, env);
        await pause(8 * 2 ** tries);
        await mongo.pause();
        const goneAt = performance.now();
        await pause(ALIVE_MS);
        begun = processes().length > 0;
        await server.kill();
        await pause(AWAY_MS - (performance.now() - goneAt));
        mongo.resume();
        if (begun) await expectEnded(runId);
        else await cancel(runId);
        await eventually(() => expect(processes()).toEqual([]));
      }
      expect(begun).toBe(true);
    },
    120_000,
  );
});
