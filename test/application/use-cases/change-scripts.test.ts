import { afterEach, describe, expect, it } from '@jest/globals';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import type { Store } from '../../../src/application/ports/store.js';
import { TOKENS } from '../../../src/composition/container.js';
import { storeUnavailable } from '../../../src/adapters/persistence/rows/store-unavailable.js';
import { anAuditEvent, aScript } from '../../contracts/samples.js';
import { eventually } from '../../support/eventually.js';
import { ada, makeWorld as openWorld, type World } from '../../support/world.js';

const worlds: World[] = [];
afterEach(() => {
  for (const used of worlds.splice(0)) used.close();
});
const makeWorld = async (options?: Parameters<typeof openWorld>[0]) => {
  const made = await openWorld(options);
  worlds.push(made);
  return made;
};
const trailOf = async ({ store }: World) =>
  (await store.audit.list({ limit: 100 })).items.map(({ action, outcome, code }) => [action, outcome, code]);

describe('changing scripts', () => {
  it('has one deletion in the trail of two at the same moment; the other is told that the script is gone', async () => {
    const world = await makeWorld();
    const { id } = await world.createScript();
    const remove = () => world.container.resolve(TOKENS.deleteScript)({ id, origin: ada });
    const [first, second] = await Promise.allSettled([remove(), remove()]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'script.not-found' } });
    expect(await trailOf(world)).toEqual([
      ['scripts.delete', 'failure', 'script.not-found'],
      ['scripts.delete', 'success', null],
      ['scripts.create', 'success', null],
    ]);
  });

  it('saves a script that is disabled though its queued runs cannot be ended now, and the trail has no failure', async () => {
    const memory = await openMemoryStore();
    const runs = new Proxy(memory.runs, {
      get: (target, name: keyof Store['runs']) =>
        name === 'finishQueued' ? () => Promise.reject(storeUnavailable('full')) : target[name].bind(target),
    });
    const world = await makeWorld({ store: { ...memory, runs }, settings: { MAX_CONCURRENT_RUNS: 1 } });
    const { script } = await world.startRun();
    await world.container.resolve(TOKENS.runScript)({ scriptId: script.id, trigger: 'api', origin: ada });
    const update = world.container.resolve(TOKENS.updateScript);
    const saved = await update({ id: script.id, changes: { enabled: false }, origin: ada });
    expect(saved).toMatchObject({ enabled: false, revision: 2 });
    expect((await trailOf(world)).filter(([action]) => action === 'scripts.update')).toEqual([
      ['scripts.update', 'success', null],
    ]);
  });

  it('names in the trail what an update has changed, once, however often it had to look again', async () => {
    const world = await makeWorld();
    const script = await world.createScript();
    const update = world.container.resolve(TOKENS.updateScript);
    const names = ['One', 'Two', 'Three'];
    await Promise.all(names.map((name) => update({ id: script.id, changes: { name, script: 'true' }, origin: ada })));
    const updates = (await world.store.audit.list({ limit: 100, action: 'scripts.update' })).items;
    expect(updates.map(({ changes }) => changes)).toEqual([['name'], ['name'], ['name']]);
    expect(updates.map(({ entity }) => entity?.name).sort()).toEqual([...names].sort());
  });

  it('runs a script that has a variable of the shell from before, and says what is wrong when it is saved', async () => {
    const world = await makeWorld();
    const env = [{ key: 'UID', value: '1000' }];
    const script = { ...aScript({ env }), name: 'From before' };
    await world.store.scripts.insert(script, anAuditEvent());
    await world.container.resolve(TOKENS.runScript)({ scriptId: script.id, trigger: 'api', origin: ada });
    await eventually(() => expect(world.runner.runs[0]?.job.env).toEqual(env));
    const update = (changes: Partial<typeof script>) =>
      world.container.resolve(TOKENS.updateScript)({ id: script.id, changes, origin: ada });
    const path = 'env.0.key';
    await expect(update({ name: 'Renamed' })).rejects.toMatchObject({ code: 'script.invalid', issues: [{ path }] });
    expect(await update({ env: [] })).toMatchObject({ revision: 2, env: [] });
  });
});
