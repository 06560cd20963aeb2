import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeOnMongo } from './support/each-store.js';
import { processesOfRun } from './support/processes.js';
import { freshDataDir, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

const LEASE_MS = '4000';

await describeOnMongo('A server that others do not hear of', (store) => {
  const start = async () => {
    const { MONGODB_URI } = await store.fresh();
    const settings = async () => ({ MONGODB_URI, LEASE_MS, LOG_LEVEL: 'error', ...(await freshDataDir()) });
    const [one, two] = [await settings(), await settings()];
    return { settings: one, one: await startServer(one), two: await startServer(two) };
  };

  it('asleep past its lease: its run is ended by another, and once it wakes it stops the script and writes nothing', async () => {
    const { one, two } = await start();
    const journal = join(await temporaryFolder(), 'journal');
    const runId = await one.api.run({
      script: `echo started >> ${journal}; echo before; while :; do sleep 0.1; echo tick; done`,
    });
    await one.api.printed(runId, 'tick');
    one.signal('SIGSTOP');
    const run = await two.api.ended(runId, 15_000);
    expect(run).toMatchObject({
      status: 'failed',
      exitCode: null,
      meta: { reason: 'interrupted', message: expect.stringContaining('not heard of for 4 s') },
    });
    const [events, log] = [await two.api.events(runId), await two.api.log(runId)];
    expect(log).toContain('before\ntick\n');

    one.signal('SIGCONT');
    await eventually(() => expect(processesOfRun(runId)).toEqual([]));
    expect((await one.api.runToEnd({ script: 'true' })).status).toBe('succeeded');
    for (const { api } of [one, two]) {
      expect(await api.runOf(runId)).toEqual(run);
      expect(await api.events(runId)).toEqual(events);
      expect(await api.log(runId)).toBe(log);
    }
    expect(await readFile(journal, 'utf8')).toBe('started\n');
    await one.stop();
    await two.stop();
  }, 90_000);

  it('gone for good: its running run is interrupted, its waiting one waits, and its processes are ended when it comes back', async () => {
    const { settings, one, two } = await start();
    const runId = await one.api.run({ script: 'echo ready; sleep 300' });
    await one.api.printed(runId, 'ready');
    await one.kill();
    expect(await two.api.ended(runId, 20_000)).toMatchObject({ status: 'failed', meta: { reason: 'interrupted' } });
    const again = await startServer(settings);
    await eventually(() => expect(processesOfRun(runId)).toEqual([]));
    expect(await again.api.runOf(runId)).toMatchObject({ status: 'failed', meta: { reason: 'interrupted' } });
    await again.stop();
    await two.stop();
  }, 90_000);
});
