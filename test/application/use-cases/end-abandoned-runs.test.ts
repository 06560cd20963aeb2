import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import { fixedClock, type FixedClock } from '../../../src/adapters/system/fixed-clock.js';
import type { Store } from '../../../src/application/ports/store.js';
import { TOKENS } from '../../../src/composition/container.js';
import { DomainError } from '../../../src/domain/errors.js';
import { allOf } from '../../support/all-of.js';
import { eventually } from '../../support/eventually.js';
import { decode, outputOf } from '../../support/run-log-reading.js';
import { ada, makeWorld, type World } from '../../support/world.js';

let store: Store;
let clock: FixedClock;
/** The server that falls silent: its clock stands still unless a test moves it. */
let owner: World;
let other: World;

beforeEach(async () => {
  store = await openMemoryStore();
  clock = fixedClock();
  owner = await makeWorld({ store, clock, serverId: 'owner' });
  other = await makeWorld({ store, serverId: 'other' });
});

afterEach(() => {
  owner.close();
  other.close();
});

const look = async (times = 1): Promise<void> => {
  for (let n = 0; n < times; n++) await other.container.resolve(TOKENS.endAbandonedRuns)();
};
const eventsOf = async (runId: string) =>
  decode(await allOf(await owner.container.resolve(TOKENS.readEvents)({ runId, limit: 1000, range: { since: 0 } })));
const printing = async (text: string): Promise<string> => {
  const { runId } = await owner.startRun();
  await owner.runner.runs.at(-1)?.print(text);
  await eventually(async () => expect(outputOf(await eventsOf(runId), 'stdout')).toBe(text));
  return runId;
};

describe('runs of a server that is gone', () => {
  it('are ended as interrupted after a lease, with their output, and never executed again', async () => {
    const runId = await printing('half\n');
    await look(4);
    expect((await other.run(runId)).status).toBe('running');
    await look();
    const run = await other.run(runId);
    expect(run).toMatchObject({
      status: 'failed',
      outputTail: 'half\n',
      meta: {
        reason: 'interrupted',
        message: expect.stringMatching(/not heard of for 60 s; .* may still run on that machine/),
      },
    });
    const events = await eventsOf(runId);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(outputOf(events, 'system')).toContain('another one ended the run');
    expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'interrupted' });
    await look(6);
    expect(await other.run(runId)).toEqual(run);
    expect(other.runner.runs).toEqual([]);
  });

  it('stay as they are while their server renews them, however wrong its clock is', async () => {
    const runId = await printing('a\n');
    for (let n = 0; n < 12; n++) {
      const before = (await other.run(runId)).updatedAt;
      await clock.advance(1000);
      await eventually(async () => expect((await other.run(runId)).updatedAt).not.toEqual(before));
      await look();
    }
    expect((await other.run(runId)).status).toBe('running');
  });

  it('are canceled if that was asked for, and left to wait if they had not begun', async () => {
    const runId = await printing('a\n');
    const waiting = await makeWorld({ store, clock, serverId: 'owner', settings: { MAX_CONCURRENT_RUNS: 1 } });
    await waiting.startRun();
    const script = await waiting.createScript();
    const { runId: queued } = await waiting.container.resolve(TOKENS.runScript)({
      scriptId: script.id,
      trigger: 'api',
      origin: ada,
    });
    await other.container.resolve(TOKENS.cancelRun)({ runId, origin: ada });
    await look(6);
    expect(await other.run(runId)).toMatchObject({ status: 'canceled', meta: { reason: 'canceled' } });
    expect((await other.run(queued)).status).toBe('queued');
    await other.container.resolve(TOKENS.cancelRun)({ runId: queued, origin: ada });
    expect((await other.run(queued)).status).toBe('canceled');
    waiting.close();
  });

  it('are not judged by looks that the store did not answer', async () => {
    const runId = await printing('a\n');
    await look(4);
    const { runs } = store;
    const away = await makeWorld({
      serverId: 'other',
      store: {
        ...store,
        runs: new Proxy(runs, {
          get: (_, name: keyof typeof runs) =>
            name === 'runningElsewhere' && !up
              ? () => Promise.reject(new DomainError('store.unavailable', 'gone'))
              : runs[name].bind(runs),
        }),
      },
    });
    const lookAway = away.container.resolve(TOKENS.endAbandonedRuns);
    let up = true;
    for (let n = 0; n < 4; n++) await lookAway();
    up = false;
    await expect(lookAway()).rejects.toMatchObject({ code: 'store.unavailable' });
    up = true;
    for (let n = 0; n < 4; n++) await lookAway();
    expect((await other.run(runId)).status).toBe('running');
    away.close();
  });
});

describe('a server that was only asleep', () => {
  it('ends its script when it wakes, and writes nothing more', async () => {
    const runId = await printing('before\n');
    await look(5);
    const [run, events] = [await other.run(runId), await eventsOf(runId)];
    const script = owner.runner.runs[0];
    await script?.print('after\n');
    await clock.advance(1000);
    await eventually(() => expect(script?.watch.kill.aborted).toBe(true));
    await eventually(() => expect(owner.queue.waiting).toBe(0));
    await clock.advance(10_000);
    expect(await other.run(runId)).toEqual(run);
    expect(await eventsOf(runId)).toEqual(events);
    const seqs = (await store.runLog.read(runId, 0, 1000)).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    expect(seqs.at(-1)).toBe(run.meta.lastSeq);
  });
});
