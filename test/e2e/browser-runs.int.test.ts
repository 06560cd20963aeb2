import { expect, it } from '@jest/globals';
import { type ApiClient, RUNS, SCRIPTS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import { startServer } from './support/server.js';
import type { RunJson } from './support/wire-types.js';

const start = async (api: ApiClient, draft: object = {}): Promise<string> => {
  const { id } = await api.createScript({ type: 'browser', script: 'return 1', ...draft });
  const { status, body } = await api.send<{ runId: string }>('POST', `${SCRIPTS}/${id}/browser-runs`);
  expect(status).toBe(201);
  return body.runId;
};
const report = (api: ApiClient, runId: string, json: object) =>
  api.send<{ code?: string; item?: RunJson }>('POST', `${RUNS}/${runId}/report`, json);
const printed = (line: string) => [{ stream: 'stdout', line }];

await describeOnEachStore('A browser script', (store) => {
  it('that a page reports is followed, read and searched like any run', async () => {
    const server = await startServer(await store.fresh());
    const { api } = server;
    const runId = await start(api);
    const events = api.events(runId);
    await report(api, runId, { part: 1, pieces: printed('begun\n') });
    await api.printed(runId, 'begun');
    await report(api, runId, { part: 2, pieces: printed('done\n'), end: { status: 'succeeded', result: [1] } });
    expect(await api.ended(runId)).toMatchObject({
      status: 'succeeded',
      trigger: 'manual',
      exitCode: 0,
      meta: { reportedBy: 'page', result: [1], reason: null },
    });
    expect((await events).map(({ type, status, line }) => line ?? `${type} ${status}`)).toEqual([
      'status queued',
      'status running',
      'begun\n',
      'done\n',
      'status succeeded',
      'done succeeded',
    ]);
    expect(await api.log(runId)).toBe('begun\ndone\n');
    expect(await api.audit('?action=scripts.run')).toEqual([expect.objectContaining({ runId, outcome: 'success' })]);
    await server.stop();
  });

  it('prints text alone: half of a surrogate pair is no byte, and bytes are not taken', async () => {
    const server = await startServer(await store.fresh());
    const { api } = server;
    const runId = await start(api);
    const bytes = [{ stream: 'stdout', line: 'x', base64: '/w==' }];
    expect((await report(api, runId, { part: 1, pieces: bytes })).status).toBe(400);
    await report(api, runId, { part: 1, pieces: printed('a\udcff\ud83d\n'), end: { status: 'succeeded' } });
    await api.ended(runId);
    const [log] = (await api.events(runId)).filter(({ type }) => type === 'log');
    expect(log).toMatchObject({ line: 'a\ufffd\ufffd\n' });
    expect(log).not.toHaveProperty('base64');
    expect((await api.bytes(runId)).toString()).toBe('a\ufffd\ufffd\n');
    await server.stop();
  });

  it('ends as interrupted with its server, keeping what was reported; no page reports on it any more', async () => {
    const settings = await store.fresh();
    const first = await startServer(settings);
    const runId = await start(first.api);
    await report(first.api, runId, { part: 1, pieces: printed('so far\n') });
    await first.api.printed(runId, 'so far');
    const canceled = await start(first.api, { name: 'Canceled' });
    expect((await first.api.cancel(canceled)).status).toBe(202);
    await first.api.inStatus(canceled, 'canceled');
    await first.kill();

    const second = await startServer(settings);
    expect(await second.api.ended(runId)).toMatchObject({
      status: 'failed',
      outputTail: 'so far\n',
      meta: { reason: 'interrupted', reportedBy: 'page' },
    });
    const late = await report(second.api, runId, { part: 2, end: { status: 'succeeded' } });
    expect([late.status, late.body.code]).toEqual([409, 'run.ended']);
    await second.stop();
  });

  it('does not keep a server from stopping', async () => {
    const server = await startServer({ ...(await store.fresh()), SHUTDOWN_GRACE_MS: '100' });
    await start(server.api);
    expect(await server.stop()).toMatchObject({ code: 0 });
  });
});
