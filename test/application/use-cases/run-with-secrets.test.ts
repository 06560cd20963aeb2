import { afterEach, describe, expect, it } from '@jest/globals';
import { TOKENS } from '../../../src/composition/container.js';
import type { GivenEnvEntry } from '../../../src/domain/script/env-entry.js';
import { eventually } from '../../support/eventually.js';
import { ScriptedRunner } from '../../support/scripted-runner.js';
import { ada, makeWorld, type World } from '../../support/world.js';

const TOKEN = 'a-t0ken-for-tests';
const env = [
  { key: 'STAGE', value: 'test' },
  { key: 'TOKEN', value: TOKEN, secret: true },
];

describe('a run of a script with secrets', () => {
  let world: World;
  afterEach(() => world.close());

  const ended = (runId: string) =>
    eventually(async () => {
      const run = await world.run(runId);
      if (!run.finishedAt) throw new Error(`the run is ${run.status}`);
      return run;
    });

  it('gets them plain; the script that is kept has them sealed', async () => {
    world = await makeWorld();
    const { runId, script } = await world.startRun({ env });
    expect(world.runner.runs.at(-1)?.job.env).toEqual([
      { key: 'STAGE', value: 'test' },
      { key: 'TOKEN', value: TOKEN },
    ]);
    const kept = [await world.store.scripts.find(script.id), await world.store.revisions.find(script.id, 1), script];
    expect(JSON.stringify(kept)).not.toContain(TOKEN);
    world.runner.runs.at(-1)?.end();
    await ended(runId);
  });

  it('executes the revision it was started with, its secrets too', async () => {
    world = await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { script } = await world.startRun({ env });
    const { runId } = await world.container.resolve(TOKENS.runScript)({
      scriptId: script.id,
      trigger: 'api',
      origin: ada,
    });
    const changed: GivenEnvEntry[] = [{ key: 'TOKEN', value: 'a-newer-t0ken', secret: true }];
    await world.container.resolve(TOKENS.updateScript)({ id: script.id, changes: { env: changed }, origin: ada });
    world.runner.runs.at(-1)?.end();
    await eventually(async () => expect(world.runner.runs.at(-1)?.job.runId).toBe(runId));
    expect(world.runner.runs.at(-1)?.job.env).toContainEqual({ key: 'TOKEN', value: TOKEN });
  });

  it('shows none of them in its message, result, leftovers and notes', async () => {
    world = await makeWorld();
    const { runId } = await world.startRun({ env });
    const script = world.runner.runs.at(-1);
    script?.watch.note(`left running: ${TOKEN.slice(0, 15)} (pid 7)`);
    script?.end({
      kind: 'exited',
      exitCode: 1,
      signal: null,
      message: `of ${TOKEN}`,
      leftovers: [{ pid: 7, command: TOKEN.slice(0, 15), ended: false }],
      result: [TOKEN],
    });
    const { meta } = await ended(runId);
    expect(meta).toMatchObject({
      message: 'of ***',
      leftovers: [{ command: '***' }],
      result: ['***'],
    });
    const events = await world.store.runLog.read(runId, 0, 100);
    expect(events.map(({ json }) => json).join('\n')).toContain('left running: *** (pid 7)');
  });

  it('fails, and starts nothing, when one cannot be opened', async () => {
    const other = await makeWorld();
    const script = await other.createScript({ env });
    other.close();
    world = await makeWorld({ store: other.store }); // with a key of its own
    const { runId } = await world.container.resolve(TOKENS.runScript)({
      scriptId: script.id,
      trigger: 'api',
      origin: ada,
    });
    expect(await ended(runId)).toMatchObject({
      status: 'failed',
      meta: {
        reason: 'secret-unreadable',
        message: expect.stringMatching(
          /^the secret TOKEN cannot be read: it was sealed with the key [0-9a-f]{16}, which/,
        ),
      },
    });
    expect(world.runner.runs.map(({ job }) => job.runId)).not.toContain(runId);
  });

  it('logs none of them when its runner fails', async () => {
    const runner = new ScriptedRunner();
    runner.run = () => Promise.reject(new Error(`spawn with TOKEN=${TOKEN} failed`));
    const logged: object[] = [];
    world = await makeWorld({
      runner,
      log: { info: () => undefined, warn: () => undefined, error: (fields) => logged.push(fields) },
    });
    const script = await world.createScript({ env });
    const { runId } = await world.container.resolve(TOKENS.runScript)({
      scriptId: script.id,
      trigger: 'api',
      origin: ada,
    });
    await ended(runId);
    const [{ err }] = logged as [{ err: Error }];
    expect(err.message).toBe('spawn with TOKEN=*** failed');
    expect(err.stack).not.toContain(TOKEN);
  });
});
