import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { openFileRunLog } from '../../../src/adapters/persistence/files/file-run-log.js';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import { fixedClock, type FixedClock } from '../../../src/adapters/system/fixed-clock.js';
import type { Store } from '../../../src/application/ports/store.js';
import { makeTrimHistory, type Retention } from '../../../src/application/use-cases/trim-history.js';
import type { ScriptRun } from '../../../src/domain/run/script-run.js';
import { aRun, aSuccess, anAuditEvent, at, logEvents, newId } from '../../contracts/samples.js';
import { silentLog } from '../../support/world.js';

const DAY = 86_400;
const FOR_EVER: Retention = { days: null, runsOfScript: null, auditDays: null };

let store: Store;
let clock: FixedClock;
const signal = new AbortController().signal;

beforeEach(async () => {
  store = await openMemoryStore();
  clock = fixedClock(at(100 * DAY));
});

/** Moves the clock until the work is done. */
const trim = async (retention: Partial<Retention>, needs: Partial<Store> = {}, abort = signal): Promise<void> => {
  const over = { yet: false };
  const work = makeTrimHistory({
    store: { ...store, ...needs },
    clock,
    log: silentLog,
    retention: { ...FOR_EVER, ...retention },
  })(abort).finally(() => (over.yet = true));
  while (!over.yet) {
    await clock.advance(20);
    await new Promise(setImmediate); // for files
  }
  await work;
};

const keep = async (...runs: ScriptRun[]): Promise<void> => {
  for (const run of runs) {
    await store.runs.insert(run, anAuditEvent());
    const writer = await store.runLog.open(run.id);
    await writer.append(logEvents(1, 2));
  }
};
/** The runs of the store with another way to delete them. */
const instead = (deleteEnded: Store['runs']['deleteEnded']): Store['runs'] =>
  new Proxy(store.runs, {
    get: (runs, name: keyof Store['runs']) => (name === 'deleteEnded' ? deleteEnded : runs[name].bind(runs)),
  });
const endedOn = (day: number, scriptId: string): ScriptRun =>
  aSuccess(1000, { scriptId, createdAt: at(day * DAY), finishedAt: at(day * DAY + 1) });
const left = async (scriptId: string): Promise<number[]> =>
  (await store.runs.list({ scriptId, limit: 200 })).items.map(({ createdAt }) =>
    Math.round((createdAt.getTime() - at(0).getTime()) / 1000 / DAY),
  );

describe('trimming the history', () => {
  it('takes old runs with their logs, of every script, and leaves the newest of each', async () => {
    const [busy, idle] = [newId(), newId()];
    const old = endedOn(3, busy);
    await keep(...[1, 2, 20, 50, 90].map((day) => endedOn(day, busy)), old, endedOn(1, idle), endedOn(2, idle));
    await trim({ days: 80 });
    expect(await left(busy)).toEqual([90, 50, 20]);
    expect(await left(idle)).toEqual([2]);
    expect(await store.runLog.lastSeq(old.id)).toBe(0);
  });

  it('takes what is more than the number of runs, slice by slice', async () => {
    const scriptId = newId();
    await keep(...Array.from({ length: 130 }, (_, n) => endedOn(n, scriptId)));
    await trim({ runsOfScript: 3 });
    expect(await left(scriptId)).toEqual([129, 128, 127]);
  });

  it('takes nothing where everything is kept for ever', async () => {
    const scriptId = newId();
    await keep(endedOn(-5000, scriptId), endedOn(-4000, scriptId));
    await store.audit.append(anAuditEvent({ at: at(-5000 * DAY) }));
    await trim({});
    expect(await left(scriptId)).toEqual([-4000, -5000]);
    expect((await store.audit.list({ limit: 5 })).items).toHaveLength(3); // two of the runs
  });

  it('takes old audit events', async () => {
    for (let day = 0; day < 100; day += 10) await store.audit.append(anAuditEvent({ at: at(day * DAY) }));
    await trim({ auditDays: 50 });
    expect((await store.audit.list({ limit: 50 })).items.map(({ at }) => at)).toEqual(
      [90, 80, 70, 60, 50].map((day) => at(day * DAY)),
    );
  });

  it('deletes a log before its run, so that a crash between the two leaves none that nobody knows of', async () => {
    const scriptId = newId();
    await keep(endedOn(1, scriptId), endedOn(2, scriptId));
    const runs = instead(() => Promise.reject(new Error('crash')));
    await expect(trim({ days: 5 }, { runs })).rejects.toThrow('crash');
    expect(await left(scriptId)).toEqual([2, 1]);
    await trim({ days: 5 });
    expect(await left(scriptId)).toEqual([2]);
  });

  it('deletes a log whose run is gone once it is as old as a run may be', async () => {
    const idOn = (day: number) => Math.floor(at(day * DAY).getTime() / 1000).toString(16) + newId().slice(8);
    const [abandoned, young] = [idOn(1), idOn(90)];
    const run = aRun({ id: idOn(2) });
    await keep(run);
    for (const runId of [abandoned, young]) await (await store.runLog.open(runId)).append(logEvents(1, 2));
    await trim({ days: 50 });
    expect(await store.runLog.lastSeq(abandoned)).toBe(0);
    expect(await store.runLog.lastSeq(young)).toBe(2);
    expect(await store.runLog.lastSeq(run.id)).toBe(2);
  });

  it('gives the space back slice by slice', async () => {
    let slices = 5;
    await trim({}, { reclaim: async () => --slices > 0 });
    expect(slices).toBe(0);
  });

  it('ends between two slices when it is told to', async () => {
    const scriptId = newId();
    await keep(...Array.from({ length: 130 }, (_, n) => endedOn(n, scriptId)));
    const stop = new AbortController();
    const runs = instead((ids) => {
      stop.abort();
      return store.runs.deleteEnded(ids);
    });
    await trim({ runsOfScript: 1 }, { runs }, stop.signal);
    expect(await left(scriptId)).toHaveLength(80);
  });

  it('passes over a run whose log cannot be deleted, and deletes the others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runlet-trim-'));
    const runLog = await openFileRunLog(folder);
    const scriptId = newId();
    const [first, second, third] = [endedOn(1, scriptId), endedOn(2, scriptId), endedOn(3, scriptId)];
    for (const run of [first, second, third]) {
      await store.runs.insert(run, anAuditEvent());
      await (await runLog.open(run.id)).append(logEvents(1, 2));
    }
    await runLog.close();
    await rm(join(folder, `${first.id}.ndjson`));
    await mkdir(join(folder, `${first.id}.ndjson`, 'of somebody'), { recursive: true });
    await trim({ days: 30 }, { runLog });
    expect(await left(scriptId)).toEqual([3, 1]);
    expect((await readdir(folder)).sort()).toEqual([`${first.id}.ndjson`, `${third.id}.ndjson`].sort());
    await rm(folder, { recursive: true });
  });
});
