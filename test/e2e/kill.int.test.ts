import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeOnEachStore } from './support/each-store.js';
import { processesOfRun } from './support/processes.js';
import { type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';
import type { RunJson } from './support/wire-types.js';

const KILLS = 20;
const LONGEST_LIFE_MS = 400;

await describeOnEachStore('A server that is killed at any moment', (store) => {
  it('loses no run, starts no script twice, and gives each run one end and a whole log', async () => {
    const settings = { ...(await store.fresh()), MAX_CONCURRENT_RUNS: '3', KILL_GRACE_MS: '200', LOG_LEVEL: 'error' };
    const folder = await temporaryFolder();
    let server = await startServer(settings);
    const scripts = [
      await server.api.createScript({ name: 'Short', script: `echo $RUNLET_RUN_ID >> ${folder}/started; echo done` }),
      await server.api.createScript({
        name: 'Long',
        script: `echo $RUNLET_RUN_ID >> ${folder}/started; for i in {1..300}; do echo line $i; sleep 0.01; done`,
      }),
    ];
    const accepted: string[] = [];
    for (let kill = 0; kill < KILLS * store.volume; kill++) {
      const work = startAndCancel(
        server,
        scripts.map(({ id }) => id),
        accepted,
      );
      const wanted = accepted.length + 1 + (kill % 3);
      await eventually(() => expect(accepted.length).toBeGreaterThanOrEqual(wanted));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_LIFE_MS));
      await server.kill();
      await work;
      server = await startServer(settings);
    }

    expect(accepted.length).toBeGreaterThan(KILLS * store.volume);
    const ends = new Map<string, RunJson>();
    for (const runId of accepted) ends.set(runId, await server.api.ended(runId, 60_000));
    const started = (await readFile(join(folder, 'started'), 'utf8')).split('\n').filter((line) => line !== '');
    expect(new Set(started).size).toBe(started.length);
    for (const [runId, run] of ends) {
      expect(['succeeded', 'failed', 'canceled']).toContain(run.status);
      if (run.status === 'failed') expect(run.meta.reason).toBe('interrupted');
      if (run.status === 'succeeded') expect(started).toContain(runId);
      const events = await server.api.events(runId);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.filter(({ type }) => type === 'done')).toEqual([events.at(-1)]);
      expect(events.at(-1)).toMatchObject({ status: run.status });
      expect(await server.api.runOf(runId)).toEqual(run);
      expect(processesOfRun(runId)).toEqual([]);
    }
    await server.stop();
  }, 180_000);
});

/** Until the server is gone. What was answered with an id has been accepted. */
const startAndCancel = async ({ api }: Server, scriptIds: readonly string[], accepted: string[]): Promise<void> => {
  try {
    for (let n = 0; ; n++) {
      accepted.push(await api.startRun(scriptIds[n % scriptIds.length] ?? ''));
      if (n % 3 === 2) await api.cancel(accepted.at(-1 - Math.floor(Math.random() * 3)) ?? '');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } catch {
    // killed
  }
};
