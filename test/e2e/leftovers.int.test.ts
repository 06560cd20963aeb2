import { randomInt } from 'node:crypto';
import { beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { describeOnEachStore } from './support/each-store.js';
import { processesNamed } from './support/processes.js';
import type { Environment } from './support/program.js';
import { type Server, startServer } from './support/server.js';
import type { Frame } from './support/server-sent-events.js';
import type { ErrorJson, RunJson } from './support/wire-types.js';

const AUDIT = '?action=scripts.cancel';
const firstRun = async (frames: AsyncIterable<Frame>): Promise<unknown> => {
  for await (const { event, data } of frames) if (event === 'run') return JSON.parse(data ?? '');
  return null;
};

const uniqueSleep = (): string => `300.${randomInt(2 ** 47)}`;

/** S is a time to sleep by which the processes of one run are found. */
const LEAVING: readonly (readonly [name: string, processes: number, script: string])[] = [
  ['let go of the output', 1, 'setsid sleep S >/dev/null 2>&1 </dev/null & exit 3'],
  ['holds the output', 1, 'nohup sleep S & exit 3'],
  ['ignores TERM', 1, `trap '' TERM; sleep S >/dev/null 2>&1 </dev/null & exit 3`],
  ['has no marker but the limit', 1, '(env -i setsid sleep S >/dev/null 2>&1 </dev/null &); sleep 0.2; exit 3'],
  ['is more than one', 3, '(sleep S & sleep S & setsid sleep S & wait) >/dev/null 2>&1 </dev/null & sleep 0.2; exit 3'],
];

await describeOnEachStore('What a script has left running', (store) => {
  let settings: Environment;
  let server: Server;
  beforeAll(async () => {
    settings = { ...(await store.fresh()), KILL_GRACE_MS: '300' };
    server = await startServer(settings);
  });

  const leave = async (script: string, count = 1): Promise<{ run: RunJson; sleep: string }> => {
    const sleep = uniqueSleep();
    const run = await server.api.runToEnd({ name: `Leaves ${sleep}`, script: script.replaceAll('S', sleep) });
    expect(processesNamed(`sleep ${sleep}`)).toHaveLength(count);
    expect(run).toMatchObject({ status: 'failed', exitCode: 3 });
    expect(run.meta.leftovers.filter(({ ended }) => ended)).toEqual([]);
    return { run, sleep };
  };
  const allEnded = ({ meta, ...run }: RunJson) => ({
    ...run,
    updatedAt: expect.any(String),
    meta: { ...meta, leftovers: meta.leftovers.map((left) => ({ ...left, ended: true })) },
  });

  it.each(LEAVING)('is ended when that is asked for: what %s', async (_, count, script) => {
    const { run, sleep } = await leave(script, count);
    const { status, body } = await server.api.endLeftovers(run.id);
    expect(processesNamed(sleep)).toEqual([]);
    expect({ status, run: body.item }).toEqual({ status: 200, run: allEnded(run) });
    expect(await server.api.runOf(run.id)).toEqual(allEnded(run));
  });

  it('is ended by a server that was started since, killed or stopped before', async () => {
    for (const end of ['kill', 'stop'] as const) {
      const { run, sleep } = await leave('setsid sleep S >/dev/null 2>&1 </dev/null & exit 3');
      await server[end]();
      server = await startServer(settings);
      expect(processesNamed(`sleep ${sleep}`)).toHaveLength(1);
      expect(await server.api.endLeftovers(run.id)).toMatchObject({ status: 200, body: { item: allEnded(run) } });
      expect(processesNamed(sleep)).toEqual([]);
    }
  });

  it('is noted as gone when it has ended by itself, however often that is asked for', async () => {
    const { run, sleep } = await leave('sleep S >/dev/null 2>&1 </dev/null & exit 3');
    process.kill(run.meta.leftovers[0]?.pid ?? 0, 'SIGKILL');
    await eventually(() => expect(processesNamed(sleep)).toEqual([]));
    for (const answer of await Promise.all([1, 2, 3].map(() => server.api.endLeftovers(run.id))))
      expect(answer).toMatchObject({ status: 200, body: { item: allEnded(run) } });
    expect(await server.api.endLeftovers(run.id)).toMatchObject({ status: 200, body: { item: allEnded(run) } });
  });

  it('is told to lists as it is ended, and in the trail by whom', async () => {
    const { run } = await leave('sleep S >/dev/null 2>&1 </dev/null & exit 3');
    const { frames, leave: close } = await server.api.openStream('/api/admin/scripts/runs/stream');
    await server.api.endLeftovers(run.id);
    const told = await firstRun(frames);
    expect(told).toMatchObject({ id: run.id, meta: { leftovers: [{ ended: true }] } });
    close();
    const [event] = await server.api.audit(AUDIT);
    expect(event).toMatchObject({
      actor: { name: 'admin' },
      outcome: 'success',
      runId: run.id,
      entity: { id: run.scriptId, name: run.meta.script.name },
      changes: ['leftovers'],
    });
  });

  it('is nothing where the script has left nothing', async () => {
    const run = await server.api.runToEnd({ name: 'Tidy', script: 'true' });
    const { status, body } = await server.api.endLeftovers(run.id);
    expect({ status, leftovers: body.item.meta.leftovers }).toEqual({ status: 200, leftovers: [] });
  });

  it('is not told of a run that goes on, nor of one that there is not', async () => {
    const runId = await server.api.run({ name: 'Goes on', script: 'echo on; sleep 300' });
    await server.api.printed(runId, 'on\n');
    expect(await server.api.endLeftovers<ErrorJson>(runId)).toMatchObject({
      status: 409,
      body: { code: 'run.not-ended', item: { id: runId, status: 'running' } },
    });
    expect(await server.api.runOf(runId)).toMatchObject({ status: 'running' });
    await server.api.cancel(runId);
    expect(await server.api.endLeftovers('65f0c0ffee0123456789abcd')).toMatchObject({ status: 404 });
    const refused = (await server.api.audit(`${AUDIT}&outcome=failure`)).map(({ code }) => code);
    expect(refused.slice(0, 2)).toEqual(['run.not-found', 'run.not-ended']);
  });
});
