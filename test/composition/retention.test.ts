import { expect, it } from '@jest/globals';
// Jest cannot load modules that are asked for at the same moment, as the server asks for these.
import '../../src/adapters/runners/host/host-runner.js';
import '../../src/adapters/runners/host/containment/process-sweeper.js';
import '../../src/adapters/runners/host/spawn/spawner/spawner.js';
import '../../src/adapters/runners/vm2/isolation/probe-isolation.js';
import '../../src/adapters/runners/vm2/vm2-runner.js';
import { openMemoryStore } from '../../src/adapters/persistence/memory/memory-store.js';
import { fixedClock } from '../../src/adapters/system/fixed-clock.js';
import { createRunlet } from '../../src/composition/create-runlet.js';
import { readSettings } from '../../src/composition/settings.js';
import { aSuccess, anAuditEvent, at, newId } from '../contracts/samples.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/world.js';

const DAY = 86_400;

it('a server trims what its settings say, a minute after the start and every hour', async () => {
  const store = await openMemoryStore();
  const clock = fixedClock(at(1000 * DAY));
  const scriptId = newId();
  const add = async (day: number): Promise<void> => {
    const run = aSuccess(1000, { scriptId, createdAt: at(day * DAY), finishedAt: at(day * DAY + 1) });
    await store.runs.insert(run, anAuditEvent({ at: at(day * DAY) }));
  };
  const left = async (): Promise<[number, number]> => [
    (await store.runs.list({ limit: 100 })).items.length,
    (await store.audit.list({ limit: 100 })).items.length,
  ];
  for (const day of [1, 899, 901, 999]) await add(day);
  const runlet = createRunlet(
    { RETENTION_DAYS: 100, AUDIT_RETENTION_DAYS: 990 },
    { store, clock, log: silentLog, authenticate: async () => null },
  );
  await runlet.start();
  try {
    await clock.advance(59_000);
    expect(await left()).toEqual([4, 4]);
    await eventually(async () => {
      await clock.advance(1000);
      expect(await left()).toEqual([2, 3]);
    });
    await add(890);
    await clock.advance(1_800_000);
    expect(await left()).toEqual([3, 4]);
    await eventually(async () => {
      await clock.advance(900_000);
      expect(await left()).toEqual([2, 4]);
    });
  } finally {
    await runlet.stop();
  }
});

it('the settings have defaults and limits', () => {
  expect(readSettings({})).toMatchObject({ RETENTION_DAYS: 90, RETENTION_RUNS: 1000, AUDIT_RETENTION_DAYS: 400 });
  expect(readSettings({ RETENTION_DAYS: 0 })).toMatchObject({ RETENTION_DAYS: 0 });
  expect(() => readSettings({ RETENTION_RUNS: '1e3' })).toThrow('RETENTION_RUNS: must be a whole number');
});
