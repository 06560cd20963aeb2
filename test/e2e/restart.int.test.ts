import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type ApiClient, RUNS, SCRIPTS } from './support/api-client.js';
import { describeOnEachStore, describeOnMongo } from './support/each-store.js';
import { processesOfRun } from './support/processes.js';
import { freshDataDir, startInVain, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';
import type { EventJson } from './support/wire-types.js';

await describeOnEachStore('A server that stops', (store) => {
  it('killed amid three runs and three waiting ones: nothing is lost, nothing runs twice', async () => {
    const settings = { ...(await store.fresh()), MAX_CONCURRENT_RUNS: '3' };
    const folder = await temporaryFolder();
    const journal = (index: number) => join(folder, `journal-${index}`);
    const first = await startServer(settings);
    const finished = await first.api.runToEnd({ name: 'Finished before', script: 'echo finished' });
    const running = await startAll(
      first.api,
      [0, 1, 2],
      (index) => `
      echo started >> ${journal(index)}
      echo before the kill ${index}; echo error ${index} >&2
      (setsid sleep 300) & sleep 300`,
    );
    for (const runId of running) await first.api.printed(runId, 'before the kill');
    for (const [index, runId] of running.entries()) {
      await eventually(async () => expect(await first.api.log(runId)).toContain(`error ${index}`));
    }
    const queued = await startAll(first.api, [3, 4, 5], (index) => `echo started >> ${journal(index)}; echo as it was`);
    const [edited = ''] = queued;
    await first.api.editScript((await first.api.runOf(edited)).scriptId, { script: 'echo edited' });
    const known = await whatIsKnown(first.api);
    expect(known.trail.length).toBe(7 + 7 + 1);
    await first.kill();
    expect(running.map((runId) => processesOfRun(runId).length > 0)).toEqual([true, true, true]);

    const second = await startServer(settings);
    for (const [index, runId] of running.entries()) {
      const run = await second.api.ended(runId);
      expect(run).toMatchObject({ status: 'failed', exitCode: null, meta: { reason: 'interrupted' } });
      expect(run.outputTail).toContain(`before the kill ${index}\n`);
      expect(await second.api.log(runId, '?stream=stdout')).toBe(`before the kill ${index}\n`);
      expect(await second.api.log(runId, '?stream=stderr')).toBe(`error ${index}\n`);
      expect(processesOfRun(runId)).toEqual([]);
      const events = await second.api.events(runId);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
      expect(events.at(-1)).toMatchObject({ type: 'done', status: 'failed', reason: 'interrupted' });
    }
    for (const runId of queued) {
      expect(await second.api.ended(runId)).toMatchObject({ status: 'succeeded', outputTail: 'as it was\n' });
    }
    for (const index of [0, 1, 2, 3, 4, 5]) expect(await readFile(journal(index), 'utf8')).toBe('started\n');

    const now = await whatIsKnown(second.api);
    expect(now.scripts).toEqual(known.scripts);
    expect(now.trail).toEqual(known.trail);
    expect(now.runs.map(({ id }) => id)).toEqual(known.runs.map(({ id }) => id));
    expect(await second.api.runOf(finished.id)).toEqual(finished);
    expect(await second.api.log(finished.id)).toBe('finished\n');
    await second.stop();

    const third = await startServer(settings);
    expect(await whatIsKnown(third.api)).toEqual(now);
    await third.stop();
  }, 60_000);

  it('killed after a cancel was asked for: canceled, not interrupted', async () => {
    const settings = { ...(await store.fresh()), KILL_GRACE_MS: '60000' };
    const first = await startServer(settings);
    const runId = await first.api.run({ script: `trap '' TERM; echo ready; while :; do sleep 0.1; done` });
    await first.api.printed(runId, 'ready');
    await first.api.cancel(runId);
    await first.kill();
    const second = await startServer({ ...settings, KILL_GRACE_MS: '200' });
    expect(await second.api.ended(runId)).toMatchObject({ status: 'canceled', meta: { reason: 'canceled' } });
    expect(processesOfRun(runId)).toEqual([]);
    await second.stop();
  }, 60_000);

  it('in order: running scripts get their time, waiting ones run after the next start', async () => {
    const settings = {
      ...(await store.fresh()),
      MAX_CONCURRENT_RUNS: '2',
      SHUTDOWN_GRACE_MS: '1500',
      KILL_GRACE_MS: '500',
    };
    const mark = join(await temporaryFolder(), 'mark');
    const first = await startServer(settings);
    const quick = await first.api.run({ name: 'Quick', script: 'echo ready; sleep 0.8; echo made it' });
    const endless = await first.api.run({ name: 'Endless', script: 'echo ready; sleep 300 & sleep 300' });
    for (const runId of [quick, endless]) await first.api.printed(runId, 'ready');
    const { id } = await first.api.createScript({ name: 'Waits', script: `echo started >> ${mark}` });
    const waiting = await first.api.startRun(id);
    const { id: late } = await first.api.createScript({ name: 'Late', script: 'true' }); // a start may be faster than the signal
    const watched = eventsUntilClosed(first.api, waiting);
    const list = await first.api.openStream(`${RUNS}/stream`);

    const asked = Date.now();
    first.signal('SIGTERM');
    await eventually(async () => {
      const refused = await first.api.send('POST', `${SCRIPTS}/${late}/run`);
      expect(refused).toMatchObject({ status: 503, body: { code: 'server.stopping' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    });
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - asked).toBeGreaterThanOrEqual(1500);
    expect(Date.now() - asked).toBeLessThan(6000);
    expect((await watched).map(({ status }) => status)).toEqual(['queued']);
    for await (const frame of list.frames) expect(frame.event).not.toBe('done');
    for (const runId of [quick, endless, waiting]) expect(processesOfRun(runId)).toEqual([]);
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });

    const second = await startServer(settings);
    expect(await second.api.runOf(quick)).toMatchObject({ status: 'succeeded', outputTail: 'ready\nmade it\n' });
    expect(await second.api.runOf(endless)).toMatchObject({ status: 'canceled', meta: { reason: 'shutdown' } });
    expect(await second.api.ended(waiting)).toMatchObject({ status: 'succeeded' });
    expect(await readFile(mark, 'utf8')).toBe('started\n');
    expect((await second.api.runs(`?scriptId=${id}`)).items).toHaveLength(1);
    await second.stop();
  }, 60_000);

  it('told twice: at once, with what it runs', async () => {
    const settings = { ...(await store.fresh()), SHUTDOWN_GRACE_MS: '60000', KILL_GRACE_MS: '60000' };
    const first = await startServer(settings);
    const runId = await first.api.run({ script: `trap '' TERM; echo ready; while :; do sleep 0.1; done` });
    await first.api.printed(runId, 'ready');
    first.signal('SIGTERM');
    await eventually(() => expect(first.stdout()).toContain('Received SIGTERM: waiting for running scripts'));
    const asked = Date.now();
    first.signal('SIGINT');
    expect((await first.exited).code).not.toBe(0);
    expect(Date.now() - asked).toBeLessThan(3000);
    expect(processesOfRun(runId)).toEqual([]);
    const second = await startServer(settings);
    expect(await second.api.ended(runId)).toMatchObject({
      status: 'canceled',
      meta: { reason: 'shutdown', signal: 'SIGKILL' },
    });
    await second.stop();
  }, 60_000);

  it('has no second one beside it on its DATA_DIR', async () => {
    const settings = await store.fresh();
    const first = await startServer(settings);
    const { code, complaint, stdout } = await startInVain({ ...settings, ADMIN_PASS: 'another' });
    expect(code).toBe(1);
    expect(complaint).toBe(
      `DATA_DIR: ${settings.DATA_DIR ?? ''} is in use by another server; stop it, or name another folder for this one`,
    );
    expect(stdout).toBe('');
    expect(await first.api.runToEnd({ script: 'true' })).toMatchObject({ status: 'succeeded' });
    await first.stop();
  }, 30_000);
});

await describeOnEachStore('A start under an Idempotency-Key', (store) => {
  it('starts one run, also when requests race, and also after a kill and a restart', async () => {
    const settings = await store.fresh();
    const first = await startServer(settings);
    const script = await first.api.createScript({ script: 'echo once' });
    const start = (api: ApiClient) => startUnder(api, script.id, 'deploy-42');
    const answers = await Promise.all(Array.from({ length: 20 }, () => start(first.api)));
    const { runId } = answers[0]!;
    expect(answers).toEqual(answers.map(({ replayed }) => ({ runId, replayed })));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await first.api.ended(runId);
    await first.kill();

    const second = await startServer(settings);
    expect(await start(second.api)).toEqual({ runId, replayed: true });
    expect((await second.api.runs('')).items.map(({ id }) => id)).toEqual([runId]);
    expect(await second.api.audit('?action=scripts.run')).toHaveLength(1);
    await second.stop();
  }, 30_000);
});

await describeOnMongo('Two servers on one MongoDB', (store) => {
  it('start one run for a key that both are given at once', async () => {
    const { MONGODB_URI } = await store.fresh();
    const one = await startServer({ MONGODB_URI, ...(await freshDataDir()) });
    const two = await startServer({ MONGODB_URI, ...(await freshDataDir()) });
    const script = await one.api.createScript({ script: 'echo once' });
    const runIds = new Set<string>();
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all([one, two, one, two].map(({ api }) => startUnder(api, script.id, `k${round}`)));
      expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
      runIds.add(answers[0]!.runId);
    }
    for (const runId of runIds) expect(await two.api.ended(runId)).toMatchObject({ status: 'succeeded' });
    expect((await one.api.runs('')).items.map(({ id }) => id).sort()).toEqual([...runIds].sort());
    expect(await two.api.audit('?action=scripts.run')).toHaveLength(10);
    await one.stop();
    await two.stop();
  }, 60_000);

  it('leave each other’s runs alone, whatever becomes of them, and cancel them for each other', async () => {
    const { MONGODB_URI } = await store.fresh();
    const folder = await temporaryFolder();
    const own = { MONGODB_URI, MAX_CONCURRENT_RUNS: '2', ...(await freshDataDir()) };
    const others = { MONGODB_URI, ...(await freshDataDir()) };
    const one = await startServer(own);
    const gate = join(folder, 'gate');
    const running = await one.api.run({
      name: 'Runs on',
      script: `echo ready; until [ -e ${gate} ]; do sleep 0.05; done`,
    });
    const endless = await one.api.run({ name: 'Endless', script: 'echo ready; sleep 300' });
    for (const runId of [running, endless]) await one.api.printed(runId, 'ready');
    const waiting = await one.api.run({ name: 'Waits', script: `echo started >> ${folder}/journal` });

    let two = await startServer(others);
    await two.api.printed(running, 'ready');
    await two.stop();
    two = await startServer(others);
    await two.kill();
    two = await startServer(others);
    expect((await two.api.runToEnd({ script: 'true' })).status).toBe('succeeded');
    for (const [runId, status] of [
      [running, 'running'],
      [endless, 'running'],
      [waiting, 'queued'],
    ] as const) {
      expect(await two.api.runOf(runId)).toMatchObject({ status });
    }

    const watched = eventsUntilClosed(two.api, endless);
    expect((await two.api.cancel(endless)).status).toBe(202);
    expect(await one.api.ended(endless)).toMatchObject({ status: 'canceled', meta: { reason: 'canceled' } });
    expect((await watched).at(-1)).toMatchObject({ type: 'done', status: 'canceled' });
    expect(processesOfRun(endless)).toEqual([]);
    expect(await two.api.ended(waiting)).toMatchObject({ status: 'succeeded' });
    expect(await readFile(join(folder, 'journal'), 'utf8')).toBe('started\n');
    expect(await two.api.runOf(running)).toMatchObject({ status: 'running' });
    await one.api.run({ script: `touch ${gate}` });
    expect(await two.api.ended(running)).toMatchObject({ status: 'succeeded' });
    await one.stop();
    await two.stop();
  }, 60_000);
});

const startUnder = async (api: ApiClient, scriptId: string, key: string) => {
  const path = `${SCRIPTS}/${scriptId}/run`;
  const answer = await api.send<{ runId: string }>('POST', path, undefined, { 'idempotency-key': key });
  expect(answer.status).toBe(202);
  return { runId: answer.body.runId, replayed: answer.headers.get('idempotency-replayed') === 'true' };
};

const startAll = async (
  api: ApiClient,
  indexes: readonly number[],
  script: (index: number) => string,
): Promise<string[]> => {
  const runIds = [];
  for (const index of indexes) runIds.push(await api.run({ name: `Script ${index}`, script: script(index) }));
  return runIds;
};

const whatIsKnown = async (api: ApiClient) => ({
  scripts: await api.scripts(),
  runs: (await api.runs('?limit=200')).items,
  trail: await api.audit('?limit=200'),
});

/** What a viewer gets until the server ends the stream, or the connection. */
const eventsUntilClosed = async (api: ApiClient, runId: string): Promise<EventJson[]> => {
  const events: EventJson[] = [];
  for await (const event of api.follow(runId)) events.push(event);
  return events;
};
