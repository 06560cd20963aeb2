import { afterEach, describe, expect, it } from '@jest/globals';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import { TOKENS } from '../../../src/composition/container.js';
import type { RunEvent } from '../../../src/domain/run/run-event.js';
import { eventually } from '../../support/eventually.js';
import { decode, outputOf } from '../../support/run-log-reading.js';
import { makeWorld as openWorld, type World } from '../../support/world.js';

let world: World;
const worlds: World[] = [];
afterEach(() => {
  for (const used of worlds.splice(0)) used.close();
});
const makeWorld = async (options?: Parameters<typeof openWorld>[0]) => {
  const made = await openWorld(options);
  worlds.push(made);
  return made;
};

const follow = (runId: string, after = 0, signal = new AbortController().signal, of = world) =>
  of.container.resolve(TOKENS.followRun)({ runId, after, signal });

/** Reads to the end, or `count` events. */
const read = async (runId: string, after = 0, count = Infinity, of = world): Promise<RunEvent[]> => {
  const left = new AbortController();
  const seen: RunEvent[] = [];
  for await (const batch of (await follow(runId, after, left.signal, of)) ?? []) {
    seen.push(...decode(batch));
    if (seen.length >= count) break;
  }
  left.abort();
  return seen.slice(0, count);
};

describe('following a run', () => {
  it('shows the same events live, from the middle, and after the end', async () => {
    world = await makeWorld();
    const { runId } = await world.startRun();
    const live = read(runId);
    for (let i = 0; i < 200; i++) {
      await world.runner.runs[0]?.print(`${i}\n`, i % 3 ? 'stdout' : 'stderr');
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    world.runner.runs[0]?.end();
    const events = await live;
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)).toMatchObject({ type: 'done', status: 'succeeded', exitCode: 0, signal: null, reason: null });
    expect(outputOf(events, 'stdout').split('\n').length + outputOf(events, 'stderr').split('\n').length).toBe(202);
    expect(await read(runId)).toEqual(events);
    for (const { seq } of events.slice(0, -1)) expect(await read(runId, seq)).toEqual(events.slice(seq));
  });

  it('has nothing for one who has seen done, and refuses a number not given yet', async () => {
    world = await makeWorld();
    const { runId } = await world.startRun();
    await expect(follow(runId, 99)).rejects.toMatchObject({ code: 'events.not-given-yet' });
    world.runner.runs[0]?.end();
    const events = await read(runId);
    const done = events.at(-1)?.seq ?? 0;
    expect(await follow(runId, done)).toBeNull();
    expect(await follow(runId, done + 1)).toBeNull();
    expect((await read(runId, done - 1)).map(({ type }) => type)).toEqual(['done']);
    await expect(follow('65f0000000000000000000ff')).rejects.toMatchObject({ code: 'run.not-found' });
  });

  it('gives viewers who drop and come back each event once', async () => {
    world = await makeWorld();
    const { runId } = await world.startRun();
    const viewer = async (patience: number) => {
      const seen: RunEvent[] = [];
      while (seen.at(-1)?.type !== 'done') seen.push(...(await read(runId, seen.at(-1)?.seq ?? 0, patience)));
      return seen;
    };
    const viewers = [1, 2, 3, 7, 50].map(viewer);
    let printed = '';
    for (let i = 0; i < 300; i++) {
      printed += `line ${i}\n`;
      await world.runner.runs[0]?.print(`line ${i}\n`, 'stdout');
      await world.runner.runs[0]?.print(`${i}\n`, 'stderr');
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    world.runner.runs[0]?.end();
    for (const seen of await Promise.all(viewers)) {
      expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, i) => i + 1));
      expect(outputOf(seen, 'stdout')).toBe(printed);
    }
  });

  it('lets a viewer that lags read from the log: none is missed, little is held', async () => {
    world = await makeWorld();
    const { runId } = await world.startRun();
    const events = await follow(runId);
    const iterator = events?.[Symbol.asyncIterator]();
    const first = await iterator?.next();
    const chunk = 'x'.repeat(60_000);
    for (let i = 0; i < 100; i++) await world.runner.runs[0]?.print(chunk, i % 2 ? 'stdout' : 'stderr');
    world.runner.runs[0]?.end();
    await eventually(async () => expect((await world.run(runId)).finishedAt).not.toBeNull());
    const seen = decode(first?.value ?? []);
    for (;;) {
      const next = await iterator?.next();
      if (!next || next.done) break;
      expect(next.value.reduce((sum, { json }) => sum + json.length, 0)).toBeLessThan(700_000);
      seen.push(...decode(next.value));
    }
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, i) => i + 1));
    expect(outputOf(seen, 'stdout').length + outputOf(seen, 'stderr').length).toBe(6_000_000);
  });

  it('lets go of viewers who leave a silent run', async () => {
    world = await makeWorld();
    const { runId } = await world.startRun();
    const leaving = Array.from({ length: 1000 }, () => new AbortController());
    const seen: number[] = [];
    const viewers = leaving.map(async (left) => {
      for await (const batch of (await follow(runId, 0, left.signal)) ?? []) seen.push(batch.length);
    });
    await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(1000));
    expect(world.bus.subscriptions).toBe(1000);
    for (const left of leaving) left.abort();
    await Promise.all(viewers);
    expect(world.bus.subscriptions).toBe(0);
    world.runner.runs[0]?.end();
  });

  it('lets go of a viewer who left before reading', async () => {
    world = await makeWorld();
    const { runId } = await world.startRun();
    const left = new AbortController();
    await follow(runId, 0, left.signal);
    left.abort();
    expect(world.bus.subscriptions).toBe(0);
  });

  it('follows a run that another server executes', async () => {
    const store = await openMemoryStore();
    world = await makeWorld({ store, serverId: 'server-1' });
    const elsewhere = await makeWorld({ store, serverId: 'server-2' });
    const { runId } = await world.startRun();
    const seen = read(runId, 0, Infinity, elsewhere);
    await world.runner.runs[0]?.print('hi\n');
    world.runner.runs[0]?.end();
    expect(outputOf(await seen, 'stdout')).toBe('hi\n');
    expect((await seen).at(-1)).toMatchObject({ type: 'done', status: 'succeeded' });
  });
});

describe('watching all runs', () => {
  it('tells each change of status', async () => {
    world = await makeWorld();
    const left = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const runs of world.container.resolve(TOKENS.watchRuns)(left.signal)) {
        seen.push(...runs.map(({ status }) => status));
        if (seen.includes('succeeded')) break;
      }
    })();
    await eventually(() => expect(world.bus.subscriptions).toBe(1));
    await world.startRun();
    await eventually(() => expect(seen).toContain('running'));
    world.runner.runs[0]?.end();
    await watching;
    expect(seen.at(-1)).toBe('succeeded');
    expect(world.bus.subscriptions).toBe(0);
  });
});
