import { afterEach, describe, expect, it } from '@jest/globals';
import { fixedClock } from '../../../src/adapters/system/fixed-clock.js';
import { DomainError } from '../../../src/domain/errors.js';
import { TOKENS } from '../../../src/composition/container.js';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import { eventually } from '../../support/eventually.js';
import { ada, makeWorld, type World } from '../../support/world.js';
import { anAuditEvent } from '../../contracts/samples.js';

const HOUR_MS = 3_600_000;
const bob = { ...ada, actor: { type: 'admin' as const, name: 'bob' } };

let world: World;
afterEach(() => world.close());

const start = (scriptId: string, idempotencyKey: string, given: { origin?: typeof ada; in?: World } = {}) =>
  (given.in ?? world).container.resolve(TOKENS.runScript)({
    scriptId,
    trigger: 'api',
    origin: given.origin ?? ada,
    idempotencyKey,
  });
const runIds = async () => (await world.store.runs.list({ limit: 100 })).items.map(({ id }) => id);
const startsInTrail = async () =>
  (await world.store.audit.list({ limit: 100, action: 'scripts.run' })).items.map(
    ({ outcome, code }) => code ?? outcome,
  );

describe('starting a run under a key', () => {
  it('answers the same run again, and starts nothing more', async () => {
    world = await makeWorld();
    const { id } = await world.createScript();
    const first = await start(id, 'k');
    expect(first.replayed).toBe(false);
    expect(await start(id, 'k')).toEqual({ runId: first.runId, replayed: true });
    expect(await runIds()).toEqual([first.runId]);
    expect(await startsInTrail()).toEqual(['success']);
    await eventually(() => expect(world.runner.runs).toHaveLength(1));
  });

  it('starts one run when many ask at once', async () => {
    world = await makeWorld();
    const { id } = await world.createScript();
    const answers = await Promise.all(Array.from({ length: 50 }, () => start(id, 'k')));
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await runIds()).toHaveLength(1);
    expect(await startsInTrail()).toEqual(['success']);
  });

  it('takes one place for each key: the same one again needs none, in a race and when the queue is full', async () => {
    world = await makeWorld({ settings: { MAX_CONCURRENT_RUNS: 1, MAX_QUEUED_RUNS: 2 } });
    const { id } = await world.createScript();
    const keys = Array.from({ length: 60 }, (_, n) => `k${n % 6}`);
    const answers = await Promise.allSettled(keys.map((key) => start(id, key)));
    const accepted = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(accepted).toHaveLength(30);
    expect(accepted.filter(({ replayed }) => !replayed)).toHaveLength(3);
    expect(new Set(accepted.map(({ runId }) => runId))).toEqual(new Set(await runIds()));
    expect(await runIds()).toHaveLength(3);
    for (const key of ['k0', 'k1', 'k2']) expect(await start(id, key)).toMatchObject({ replayed: true });
    await expect(start(id, 'another')).rejects.toMatchObject({ code: 'queue.full' });
  });

  it('takes the same key of another person, and another key, for another start', async () => {
    world = await makeWorld();
    const { id } = await world.createScript();
    await start(id, 'k');
    expect(await start(id, 'k', { origin: bob })).toMatchObject({ replayed: false });
    expect(await start(id, 'K')).toMatchObject({ replayed: false });
    expect(await runIds()).toHaveLength(3);
  });

  it('refuses the key for another script or another body, and the trail has it', async () => {
    world = await makeWorld();
    const [one, other] = [await world.createScript(), await world.createScript()];
    await start(one.id, 'k');
    await expect(start(other.id, 'k')).rejects.toMatchObject({ code: 'idempotency.key-reused' });
    const asManual = { scriptId: one.id, trigger: 'manual' as const, origin: ada, idempotencyKey: 'k' };
    await expect(world.container.resolve(TOKENS.runScript)(asManual)).rejects.toMatchObject({
      code: 'idempotency.key-reused',
    });
    expect(await runIds()).toHaveLength(1);
    expect(await startsInTrail()).toEqual(['idempotency.key-reused', 'idempotency.key-reused', 'success']);
  });

  it('answers for 24 hours, whatever became of script and run, and starts anew after', async () => {
    const clock = fixedClock();
    world = await makeWorld({ clock });
    const { id } = await world.createScript();
    const { runId } = await start(id, 'k');
    await eventually(() => world.runner.runs[0]!.end());
    await eventually(async () => expect((await world.run(runId)).status).toBe('succeeded'));
    await world.container.resolve(TOKENS.updateScript)({ id, changes: { enabled: false }, origin: ada });
    await clock.advance(24 * HOUR_MS);
    expect(await start(id, 'k')).toEqual({ runId, replayed: true });
    await world.container.resolve(TOKENS.updateScript)({ id, changes: { enabled: true }, origin: ada });
    await clock.advance(1);
    expect(await start(id, 'k')).toMatchObject({ replayed: false });
    expect(await runIds()).toHaveLength(2);
  });

  it('keeps no key of a start that was refused', async () => {
    world = await makeWorld();
    const { id } = await world.createScript({ enabled: false });
    await expect(start(id, 'k')).rejects.toMatchObject({ code: 'script.disabled' });
    await world.container.resolve(TOKENS.updateScript)({ id, changes: { enabled: true }, origin: ada });
    expect(await start(id, 'k')).toMatchObject({ replayed: false });
  });

  it('starts the run that was promised when the store failed before it was stored', async () => {
    const store = await openMemoryStore();
    world = await makeWorld({ store });
    const { id } = await world.createScript();
    const insert = store.runs.insert.bind(store.runs);
    store.runs.insert = () => Promise.reject(new DomainError('store.unavailable', 'away'));
    await expect(start(id, 'k')).rejects.toMatchObject({ code: 'store.unavailable' });
    store.runs.insert = insert;
    const { runId, replayed } = await start(id, 'k');
    expect(replayed).toBe(false);
    expect(await start(id, 'k')).toEqual({ runId, replayed: true });
    expect(await runIds()).toEqual([runId]);
  });

  it('queues the run when the store took it and its answer was lost', async () => {
    const store = await openMemoryStore();
    world = await makeWorld({ store });
    const { id } = await world.createScript();
    const insert = store.runs.insert.bind(store.runs);
    store.runs.insert = async (run) => {
      await insert(run, anAuditEvent());
      throw new DomainError('store.unavailable', 'the answer was lost');
    };
    await expect(start(id, 'k')).rejects.toMatchObject({ code: 'store.unavailable' });
    store.runs.insert = insert;
    expect(await start(id, 'k')).toMatchObject({ replayed: true });
    await eventually(() => expect(world.runner.runs).toHaveLength(1));
    expect(await startsInTrail()).toEqual(['success']);
  });

  it('never starts it again once it was stored, even when the run was deleted', async () => {
    const store = await openMemoryStore();
    world = await makeWorld({ store });
    const { id } = await world.createScript();
    const { runId } = await start(id, 'k');
    await eventually(() => world.runner.runs[0]!.end());
    await eventually(async () => expect((await world.run(runId)).status).toBe('succeeded'));
    store.runs.find = () => Promise.resolve(null); // trimmed by then
    expect(await start(id, 'k')).toEqual({ runId, replayed: true });
  });

  it('starts one run when two servers on one store are asked at once', async () => {
    const store = await openMemoryStore();
    world = await makeWorld({ store });
    const other = await makeWorld({ store, serverId: 'server-2' });
    const { id } = await world.createScript();
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all([start(id, `k${round}`), start(id, `k${round}`, { in: other })]);
      expect(answers[0].runId).toBe(answers[1].runId);
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    }
    expect(await runIds()).toHaveLength(20);
    other.close();
  });
});
