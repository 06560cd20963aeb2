import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../../../src/adapters/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { makeTrimHistory } from '../../../../src/application/use-cases/trim-history.js';
import { systemClock } from '../../../../src/adapters/system/system-clock.js';
import { anAuditEvent, aSuccess, at, newId } from '../../../contracts/samples.js';
import { silentLog } from '../../../support/world.js';

/** Each with a tail of 64 KiB: 100 MB. */
const RUNS = 1600;
const MB = 1_000_000;

let dataDir: string;
let store: Store;
const fileSize = async (): Promise<number> => {
  const [database, log] = await Promise.all(['', '-wal'].map((end) => stat(join(dataDir, `runlet.db${end}`))));
  return (database?.size ?? 0) + (log?.size ?? 0);
};

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'runlet-reclaim-'));
  store = await openSqliteStore({ dataDir });
});

afterAll(async () => {
  await store.close();
  await rm(dataDir, { recursive: true });
});

it('a database that has grown to 100 MB becomes small again, and blocks nobody for long meanwhile', async () => {
  const scriptId = newId();
  const outputTail = 'x'.repeat(65_536);
  for (let n = 0; n < RUNS; n++) {
    await store.runs.insert(
      aSuccess(5, { scriptId, createdAt: at(n), finishedAt: at(n + 1), outputTail }),
      anAuditEvent(),
    );
  }
  expect(await fileSize()).toBeGreaterThan(100 * MB);

  let longest = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  const retention = { days: null, runsOfScript: 10, auditDays: null };
  await makeTrimHistory({ store, clock: systemClock, log: silentLog, retention })(new AbortController().signal);
  clearInterval(watch);

  expect(await fileSize()).toBeLessThan(2 * MB);
  expect((await store.runs.list({ limit: 50 })).items).toHaveLength(10);
  expect(longest).toBeLessThan(250); // a slice takes 10 ms; the rest is for a busy machine
});
