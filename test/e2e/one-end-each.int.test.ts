import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from './support/api-client.js';
import { processesOfRun } from './support/processes.js';
import { cleanUp, freshDataDir, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

afterAll(cleanUp);

describe('A run', () => {
  it('is interrupted within ten seconds of the next start when its server is killed, with four others', async () => {
    const settings = await freshDataDir();
    const journal = join(await temporaryFolder(), 'journal');
    const first = await startServer(settings);
    const scripts = [
      { type: 'bash', script: `echo "$RUNLET_RUN_ID" >>${journal}; echo ready; (setsid sleep 300 &); sleep 300` },
      {
        type: 'bash',
        script: `echo "$RUNLET_RUN_ID" >>${journal}; trap '' TERM; echo ready; while :; do sleep 1; done`,
      },
      { type: 'bash', script: `echo "$RUNLET_RUN_ID" >>${journal}; set -m; sleep 300 & echo ready; wait` },
      {
        type: 'node',
        script: `fs.appendFileSync('${journal}', process.env.RUNLET_RUN_ID + '\\n'); console.log('ready'); setInterval(() => {}, 1000)`,
      },
      { type: 'node', runner: 'vm2', script: 'console.log("ready"); for (;;);' },
    ];
    const runIds = await Promise.all(scripts.map((script, i) => first.api.run({ name: `Script ${i}`, ...script })));
    for (const runId of runIds) await first.api.printed(runId, 'ready');
    await first.kill();

    const begun = performance.now();
    const second = await startServer(settings);
    for (const runId of runIds) {
      const run = await second.api.ended(runId);
      expect(run).toMatchObject({ status: 'failed', exitCode: null, meta: { reason: 'interrupted' } });
      expect(processesOfRun(runId)).toEqual([]);
    }
    expect(performance.now() - begun).toBeLessThan(10_000);
    const started = (await readFile(journal, 'utf8')).trim().split('\n');
    expect(started.sort()).toEqual(runIds.slice(0, 4).sort());
    await second.stop();
  }, 60_000);

  it('that is canceled just as it ends has exactly one end: 200 times', async () => {
    const server = await startServer(await freshDataDir());
    const ids = await Promise.all(
      [0, 0.005, 0.01, 0.02, 0.04, 0.3].map(
        async (seconds) => (await server.api.createScript({ name: `${seconds} s`, script: `sleep ${seconds}` })).id,
      ),
    );
    const ends = new Map<string, number>();
    let begun = 0;
    const worker = async (): Promise<void> => {
      while (begun < 200) {
        const end = await raceToTheEnd(server.api, ids[begun++ % ids.length]!);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    expect([...ends.keys()].sort()).toEqual(['canceled', 'succeeded']); // or there was no race
    expect([...ends.values()].reduce((sum, count) => sum + count)).toBe(200);
    await server.stop();
  }, 120_000);
});

/** Starts a script, cancels it as soon as it runs, and answers the one end it had. */
const raceToTheEnd = async (api: ApiClient, scriptId: string): Promise<string> => {
  const runId = await api.startRun(scriptId);
  let cancel: ReturnType<ApiClient['cancel']> | null = null;
  const seen = [];
  for await (const event of api.follow(runId)) {
    seen.push(event);
    if (event.status === 'running') cancel ??= api.cancel(runId);
  }
  const canceled = await cancel;
  const { status, meta, finishedAt } = await api.runOf(runId);
  const final = seen.filter((event) => event.type === 'status' && !['queued', 'running'].includes(event.status ?? ''));
  expect(final.map((event) => event.status)).toEqual([status]);
  expect(seen.filter(({ type }) => type === 'done')).toEqual([expect.objectContaining({ status })]);
  expect(seen.at(-1)?.type).toBe('done');
  expect(meta.reason).toBe(status === 'canceled' ? 'canceled' : null);
  if (status === 'canceled') expect([200, 202]).toContain(canceled?.status);
  expect((await api.cancel(runId)).status).toBe(status === 'canceled' ? 200 : 409);
  expect(await api.runOf(runId)).toMatchObject({ status, finishedAt });
  return status;
};
