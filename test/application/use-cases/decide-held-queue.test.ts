import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import { type Predecessors, NO_PREDECESSORS } from '../../../src/application/held-queue.js';
import type { RunRepository } from '../../../src/application/ports/run-repository.js';
import type { Store } from '../../../src/application/ports/store.js';
import { TOKENS } from '../../../src/composition/container.js';
import { DomainError } from '../../../src/domain/errors.js';
import { anAuditEvent, aRun, at, newId } from '../../contracts/samples.js';
import { eventually } from '../../support/eventually.js';
import { ada, makeWorld, type World } from '../../support/world.js';

let store: Store;
const worlds: World[] = [];

beforeEach(async () => {
  store = await openMemoryStore();
});
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

const COPY: Predecessors = { ids: 'all', until: null, since: at(100), areGone: false };
const open = async (predecessors: Predecessors = COPY, over: Partial<RunRepository> = {}): Promise<World> => {
  const runs = new Proxy(store.runs, {
    get: (target, name: keyof RunRepository) => over[name] ?? target[name].bind(target),
  });
  const world = await makeWorld({ store: { ...store, runs }, serverId: 'copy', predecessors });
  worlds.push(world);
  return world;
};
const queuedBy = async (owner: string, given: Parameters<typeof aRun>[0] = {}): Promise<string> => {
  const script = await (await open()).createScript();
  const claim = { owner, token: null, process: null };
  const run = aRun({ scriptId: script.id, claim, ...given, meta: { script, ...given.meta } });
  await store.runs.insert(run, anAuditEvent());
  return run.id;
};
const decide = (world: World, action: 'run' | 'cancel') =>
  world.container.resolve(TOKENS.decideHeldQueue)({ action, origin: ada });
const look = (world: World) => world.container.resolve(TOKENS.heldQueue).look();
const problems = (world: World) => world.container.resolve(TOKENS.problems).list();
const unavailable = () => new DomainError('store.unavailable', 'the store does not answer');

describe('what is held', () => {
  it('is whatever others accepted, where nobody else uses the store', async () => {
    await queuedBy('original');
    await queuedBy('copy of the original');
    await queuedBy('copy');
    const world = await open();
    expect(await look(world)).toEqual({ count: 2, since: at(100) });
    expect(problems(world)).toEqual([expect.objectContaining({ code: 'queue.held' })]);
  });

  it('is only what a predecessor had accepted by then, where others use the store too', async () => {
    await queuedBy('original', { createdAt: at(99) });
    await queuedBy('original', { createdAt: at(101) });
    await queuedBy('another', { createdAt: at(1) });
    const shared = { ids: ['original'], until: at(100), since: at(100), areGone: false };
    expect(await look(await open(shared))).toEqual({ count: 1, since: at(100) });
    expect(await look(await open(NO_PREDECESSORS))).toBeNull();
  });

  it('is not asked for again once there is none, but while a run of the copy has not ended', async () => {
    let asked = 0;
    const queuedElsewhere = (owner: string) => {
      asked++;
      return store.runs.queuedElsewhere(owner);
    };
    const running = aRun({ status: 'running', claim: { owner: 'original', token: 't', process: null } });
    await store.runs.insert(running, anAuditEvent());
    const world = await open(COPY, { queuedElsewhere });
    for (let n = 0; n < 3; n++) expect(await look(world)).toBeNull();
    expect(asked).toBe(3);
    await world.container
      .resolve(TOKENS.recoverRuns)()
      .then(({ interrupted }) => interrupted);
    for (let n = 0; n < 3; n++) expect(await look(world)).toBeNull();
    expect(asked).toBe(4);
  });

  it('is what it was while the store does not answer', async () => {
    await queuedBy('original');
    let away = false;
    const queuedElsewhere = (owner: string) =>
      away ? Promise.reject(unavailable()) : store.runs.queuedElsewhere(owner);
    const held = (await open(COPY, { queuedElsewhere })).container.resolve(TOKENS.heldQueue);
    expect(await held.lookOrRemember()).toMatchObject({ count: 1 });
    away = true;
    expect(await held.lookOrRemember()).toMatchObject({ count: 1 });
    await expect(held.look()).rejects.toMatchObject({ code: 'store.unavailable' });
  });
});

describe('deciding on what is held', () => {
  it('passes over a run that the original has started meanwhile', async () => {
    const runId = await queuedBy('original');
    const world = await open(COPY, {
      adopt: async (id, adoption, now, event) => {
        await store.runs.claim(id, 'a token', now);
        return store.runs.adopt(id, adoption, now, event);
      },
    });
    expect(await decide(world, 'cancel')).toEqual({ count: 0 });
    expect(await world.run(runId)).toMatchObject({ status: 'running', meta: { cancel: null } });
    expect((await store.audit.list({ action: 'scripts.cancel', limit: 9 })).items).toEqual([]);
  });

  it('cancels, whatever is decided, what a page was to run: there is none', async () => {
    const runId = await queuedBy('original', { meta: { reportedBy: 'page' } });
    const world = await open();
    expect(await decide(world, 'run')).toEqual({ count: 1 });
    expect(await world.run(runId)).toMatchObject({ status: 'canceled', meta: { cancel: { by: ada.actor } } });
  });

  it.each(['run', 'cancel'] as const)(
    'to %s: a run is not forgotten when the store’s answer is lost',
    async (action) => {
      const runId = await queuedBy('original');
      let lost = false;
      const world = await open(COPY, {
        adopt: async (...given) => {
          await store.runs.adopt(...given);
          lost = true;
          throw unavailable();
        },
      });
      await expect(decide(world, action)).rejects.toMatchObject({ code: 'store.unavailable' });
      expect(lost).toBe(true);
      const decisions = (await store.audit.list({ limit: 9 })).items.filter((event) => event.runId === runId);
      const verb = action === 'run' ? 'release' : 'cancel';
      expect(decisions.filter((event) => event.action === `scripts.${verb}`)).toHaveLength(1);
      if (action === 'cancel') await eventually(async () => expect((await world.run(runId)).status).toBe('canceled'));
      else await eventually(() => expect(world.runner.runs).toHaveLength(1));
    },
  );

  it('leaves a run held that the store did not take', async () => {
    const runId = await queuedBy('original');
    const world = await open(COPY, { adopt: () => Promise.reject(unavailable()) });
    await expect(decide(world, 'run')).rejects.toMatchObject({ code: 'store.unavailable' });
    expect(await look(world)).toMatchObject({ count: 1 });
    expect(await world.run(runId)).toMatchObject({ status: 'queued', claim: { owner: 'original' } });
  });

  it('is refused when nothing is held, and by a server that stops', async () => {
    const world = await open();
    await expect(decide(world, 'run')).rejects.toMatchObject({ code: 'queue.not-held' });
    await queuedBy('original', { id: newId() });
    const other = await open();
    other.stopping.abort();
    await expect(decide(other, 'cancel')).rejects.toMatchObject({ code: 'server.stopping' });
  });
});
