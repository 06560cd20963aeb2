import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import type { StoreExamination } from '../../../src/application/ports/store.js';
import { TOKENS } from '../../../src/composition/container.js';
import { DomainError } from '../../../src/domain/errors.js';
import { allOf } from '../../support/all-of.js';
import { eventually } from '../../support/eventually.js';
import { ada, makeWorld, type World } from '../../support/world.js';

const FINE: StoreExamination = { problems: [], mended: [] };
const found = (code: 'store.missing' | 'store.damaged' | 'logs.unwritable'): StoreExamination => ({
  problems: [{ code, message: `${code}: put it back` }],
  mended: [],
});

describe('watching the store', () => {
  let world: World;
  let lines: string[];
  let look: () => Promise<StoreExamination>;

  beforeEach(async () => {
    lines = [];
    look = () => Promise.resolve(FINE);
    const keep = (_: object, message: string): void => void lines.push(message);
    world = await makeWorld({
      store: { ...(await openMemoryStore()), examine: () => look() },
      log: { info: keep, warn: keep, error: keep },
      settings: { MAX_CONCURRENT_RUNS: 1 },
    });
  });

  afterEach(() => world.close());

  const watch = () => world.container.resolve(TOKENS.watchStore)();
  const codes = () =>
    world.container
      .resolve(TOKENS.problems)
      .list()
      .map(({ code }) => code);
  const start = (scriptId: string) =>
    world.container.resolve(TOKENS.runScript)({ scriptId, trigger: 'api', origin: ada });

  it('raises what it finds and clears it when it is over, with one line each', async () => {
    look = () => Promise.resolve(found('store.missing'));
    await watch();
    await watch();
    expect(codes()).toEqual(['store.missing']);
    look = () => Promise.resolve({ ...FINE, mended: ['the folder was made again'] });
    await watch();
    expect(codes()).toEqual([]);
    expect(lines).toEqual(['store.missing: put it back', 'the folder was made again', 'a problem is over']);
  });

  it('takes a store that does not answer for a problem', async () => {
    look = () => Promise.reject(new DomainError('store.unavailable', 'MongoDB does not answer'));
    await watch();
    expect(codes()).toEqual(['store.unavailable']);
  });

  it.each(['store.missing', 'store.damaged'] as const)('takes on nothing new while %s stands', async (code) => {
    const script = await world.createScript();
    look = () => Promise.resolve(found(code));
    await watch();
    const refusal = { code: 'store.unavailable', message: `${code}: put it back` };
    await expect(start(script.id)).rejects.toMatchObject(refusal);
    await expect(world.createScript({ name: 'Another' })).rejects.toMatchObject(refusal);
    expect(await allOf(world.store.scripts.list())).toHaveLength(1);
    look = () => Promise.resolve(FINE);
    await watch();
    await start(script.id);
  });

  it('lets scripts be changed, and no run begin, while logs cannot be written', async () => {
    const { runId, script } = await world.startRun();
    const { runId: waiting } = await start(script.id);
    look = () => Promise.resolve(found('logs.unwritable'));
    await watch();
    await world.createScript({ name: 'Another' });
    await expect(start(script.id)).rejects.toMatchObject({ code: 'store.unavailable' });
    world.runner.runs[0]?.end();
    await eventually(async () => expect((await world.run(runId)).status).toBe('succeeded'));
    expect((await world.run(waiting)).status).toBe('queued');
    look = () => Promise.resolve(FINE);
    await watch();
    await eventually(async () => expect((await world.run(waiting)).status).toBe('running'));
  });
});
