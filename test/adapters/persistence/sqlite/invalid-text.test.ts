import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteConnection } from '../../../../src/adapters/persistence/sqlite/sqlite-connection.js';
import { openSqliteStore } from '../../../../src/adapters/persistence/sqlite/sqlite-store.js';
import type { Log } from '../../../../src/application/ports/log.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { aRun, aScript, anAuditEvent } from '../../../contracts/samples.js';
import { allOf } from '../../../support/all-of.js';

let dataDir: string;
let warnings: string[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'runlet-text-'));
  warnings = [];
});
afterEach(() => rm(dataDir, { recursive: true }));

const log: Log = {
  info: () => undefined,
  warn: (_, message) => warnings.push(message),
  error: () => undefined,
};

const opened = async (use: (store: Store) => Promise<void>): Promise<void> => {
  const store = await openSqliteStore({ dataDir, log });
  try {
    await use(store);
  } finally {
    await store.close();
  }
};

/** Writes what only another program can: bytes as text. */
const writeByHand = (sql: string): void => {
  const hand = new SqliteConnection(join(dataDir, 'runlet.db'));
  expect(hand.transact(({ run }) => run(sql))).toBeGreaterThan(0);
  hand.close();
};

it.each([
  ['an impossible byte', '61ff62', 'a\ufffdb'],
  ['a byte that continues nothing', '80', '\ufffd'],
  ['a character that is cut off', '61e282', 'a\ufffd'],
  ['half of a surrogate pair', 'eda080', '\ufffd\ufffd\ufffd'],
])('text with %s is read as U+FFFD, and the operator is told', async (_, hex, name) => {
  const [script, whole] = [aScript(), aScript({ name: 'Grüße 😀' })];
  await opened(async ({ scripts }) => {
    await scripts.insert(script, anAuditEvent());
    await scripts.insert(whole, anAuditEvent());
  });
  writeByHand(`UPDATE script_definitions SET name = CAST(x'${hex}' AS TEXT) WHERE id = '${script.id}'`);
  await opened(async ({ scripts }) => {
    expect(await scripts.find(script.id)).toEqual({ ...script, name });
    expect(await scripts.find(whole.id)).toEqual(whole);
    expect(await allOf(scripts.list())).toHaveLength(2);
  });
  expect(warnings).toEqual([
    'script_definitions.name: 1 text of another program held bytes that are not UTF-8; U+FFFD has taken their place',
  ]);
  await opened(async () => undefined);
  expect(warnings).toHaveLength(1);
});

it('what breaks the rules then is shown as such, in every table and column', async () => {
  const run = aRun();
  await opened(async ({ runs, keyedStarts }) => {
    await runs.insert(run, anAuditEvent());
    await keyedStarts.hold({ key: 'k', request: 'r', runId: run.id, at: run.createdAt, accepted: true }, run.createdAt);
  });
  for (const [table, columns] of Object.entries({
    script_runs: ['status', 'accepted'],
    audit_events: ['address', 'actorName', 'runId'],
    keyed_starts: ['request', 'key'],
  }))
    for (const column of columns) writeByHand(`UPDATE ${table} SET ${column} = CAST(x'ff' AS TEXT)`);
  await opened(async ({ runs, audit }) => {
    expect(await runs.find(run.id)).toMatchObject({ id: run.id, broken: [{ path: 'status' }, { path: 'meta' }] });
    expect((await audit.list({ limit: 10 })).items).toHaveLength(1);
  });
  expect(warnings).toHaveLength(7);
});
