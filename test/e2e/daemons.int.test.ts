import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { processesNamed } from './support/processes.js';
import { cleanUp, freshDataDir, PROJECT, type Server, startServer } from './support/server.js';

/** The one line that the documentation gives for a process that is to stay. */
const recipe = (): string => {
  const [, block = ''] =
    /```bash\n([^`]*setsid my-daemon[^`]*)\n```/.exec(readFileSync(`${PROJECT}docs/scripts.md`, 'utf8')) ?? [];
  return block;
};

const uniqueSleep = (): string => `300.${randomInt(2 ** 47)}`;
const daemons = (sleep: string): number[] => processesNamed(`sleep ${sleep}`);

afterAll(cleanUp);

describe.each([
  ['with the spawner', {}],
  ['without it', { SPAWNER: 'off' }],
])('A daemon that is started as docs/scripts.md says, %s', (_, more) => {
  const settings = async () => ({ ...(await freshDataDir()), KILL_GRACE_MS: '300', SHUTDOWN_GRACE_MS: '100', ...more });

  /** A run that has started the daemon and goes on. */
  const start = async (server: Server, timeoutMs: number | null = null) => {
    const [sleep, child] = [uniqueSleep(), uniqueSleep()];
    const script = `${recipe().replace('my-daemon', `sleep ${sleep}`)}\nsleep ${child} &\necho up\nwait`;
    const runId = await server.api.run({ name: `Daemon ${sleep}`, script, timeoutMs });
    await server.api.printed(runId, 'up\n');
    await eventually(() => expect(daemons(sleep)).toHaveLength(1));
    return { runId, sleep, outlives: () => expect([daemons(sleep).length, daemons(child)]).toEqual([1, []]) };
  };

  it('outlives a cancel, a time limit and the end of the script, and is no leftover', async () => {
    const server = await startServer(await settings());
    const canceled = await start(server);
    await server.api.cancel(canceled.runId);
    expect(await server.api.ended(canceled.runId)).toMatchObject({ status: 'canceled', meta: { leftovers: [] } });
    canceled.outlives();
    const timedOut = await start(server, 1500);
    expect(await server.api.ended(timedOut.runId)).toMatchObject({ status: 'timed_out', meta: { leftovers: [] } });
    timedOut.outlives();
    const sleep = uniqueSleep();
    const run = await server.api.runToEnd({ name: 'Ends', script: recipe().replace('my-daemon', `sleep ${sleep}`) });
    expect(run).toMatchObject({ status: 'succeeded', meta: { leftovers: [] } });
    await eventually(() => expect(daemons(sleep)).toHaveLength(1));
    await server.stop();
  });

  it('outlives a server that stops, and the start after one that was killed', async () => {
    const given = await settings();
    const first = await startServer(given);
    const stopped = await start(first);
    await first.stop();
    stopped.outlives();
    const second = await startServer(given);
    const killed = await start(second);
    await second.kill();
    const third = await startServer(given);
    expect(await third.api.ended(killed.runId)).toMatchObject({
      meta: { reason: 'interrupted', leftovers: expect.any(Array) },
    });
    killed.outlives();
    await third.stop();
  });
});
