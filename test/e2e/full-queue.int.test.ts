import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type ApiClient, RUNS, SCRIPTS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import { startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

const LIMITS = { MAX_CONCURRENT_RUNS: '2', MAX_QUEUED_RUNS: '5' };

await describeOnEachStore('A full queue', (store) => {
  /** Starts so many at once and answers the ids of those that were accepted; the others were told that the queue is full. */
  const startMany = async (api: ApiClient, scriptId: string, count: number, keyOf?: (n: number) => string) => {
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        api.send<{ runId: string; code: string }>(
          'POST',
          `${SCRIPTS}/${scriptId}/run`,
          undefined,
          keyOf && { 'idempotency-key': keyOf(n) },
        ),
      ),
    );
    const refused = answers.filter(({ status }) => status !== 202);
    for (const { status, body, headers } of refused) {
      expect([status, body.code]).toEqual([503, 'queue.full']);
      expect(headers.get('retry-after')).not.toBeNull();
    }
    return answers.filter(({ status }) => status === 202).map(({ body }) => body.runId);
  };

  it('takes exactly as many as there is room for, while runs end and after a kill too', async () => {
    const settings = { ...(await store.fresh()), ...LIMITS };
    let server = await startServer(settings);
    const go = join(await temporaryFolder(), 'go');
    const waits = await server.api.createScript({ script: `while [ ! -e ${go} ]; do sleep 0.1; done` });
    const first = await startMany(server.api, waits.id, 300);
    expect(new Set(first).size).toBe(7);
    for (const status of ['running', 'queued']) {
      await eventually(async () => {
        const { items } = await server.api.runs(`?status=${status}`);
        expect(items).toHaveLength(status === 'running' ? 2 : 5);
      });
    }

    await server.kill();
    server = await startServer(settings);
    await eventually(async () => expect((await server.api.runs('?status=queued')).items).toHaveLength(3));
    expect(await startMany(server.api, waits.id, 100)).toHaveLength(2);

    const [canceled] = (await server.api.runs('?status=queued')).items;
    await server.api.cancel(canceled?.id ?? '');
    expect(await startMany(server.api, waits.id, 100)).toHaveLength(1);

    writeFileSync(go, '');
    await eventually(async () => expect((await server.api.runs('?status=queued')).items).toEqual([]));
    const quick = await server.api.createScript({ script: 'true' });
    // Runs end meanwhile, so that more than 7 may be accepted; of those that were, none is missing.
    const accepted = await startMany(server.api, quick.id, 200);
    expect(accepted.length).toBeGreaterThanOrEqual(5);
    for (const runId of accepted) expect((await server.api.ended(runId)).status).toBe('succeeded');
    const { items } = await server.api.runs(`?scriptId=${quick.id}&limit=200`);
    expect(new Set(items.map(({ id }) => id))).toEqual(new Set(accepted));
    await server.stop();
  }, 90_000);

  it('answers keys that it has seen, and takes one place for each that it has not', async () => {
    const server = await startServer({ ...(await store.fresh()), ...LIMITS });
    const { id } = await server.api.createScript({ script: 'sleep 300' });
    const accepted = await startMany(server.api, id, 120, (n) => `key-${n % 12}`);
    expect(new Set(accepted).size).toBe(7);
    expect(accepted).toHaveLength(70);
    const { items } = await server.api.runs();
    expect(new Set(items.map((run) => run.id))).toEqual(new Set(accepted));
    for (const runId of new Set(accepted)) await server.api.send('POST', `${RUNS}/${runId}/cancel`);
    await server.stop();
  }, 60_000);
});
