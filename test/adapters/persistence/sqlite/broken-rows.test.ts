import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlParams } from '../../../../src/adapters/persistence/sqlite/sql-values.js';
import { SqliteConnection } from '../../../../src/adapters/persistence/sqlite/sqlite-connection.js';
import { openSqliteStore } from '../../../../src/adapters/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { aRun, aScript, anAuditEvent, anEnd, at } from '../../../contracts/samples.js';
import { allOf } from '../../../support/all-of.js';

let dataDir: string;
let store: Store;
/** Somebody who edits the database by hand. */
let hand: SqliteConnection;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'runlet-broken-'));
  store = await openSqliteStore({ dataDir });
  hand = new SqliteConnection(join(dataDir, 'runlet.db'));
});

afterEach(async () => {
  hand.close();
  await store.close();
  await rm(dataDir, { recursive: true });
});

const edit = (table: string, id: string, columns: SqlParams) => {
  const set = Object.keys(columns).map((column) => `${column} = :${column}`);
  const update = `UPDATE ${table} SET ${set.join(', ')} WHERE id = :id`;
  expect(hand.transact(({ run }) => run(update, { ...columns, id }))).toBe(1);
};

it('a script that breaks the rules is in the list with what could be read, beside the others', async () => {
  const [broken, whole] = [aScript({ updatedAt: at(2) }), aScript({ updatedAt: at(1) })];
  await store.scripts.insert(broken, anAuditEvent());
  await store.scripts.insert(whole, anAuditEvent());
  edit('script_definitions', broken.id, { env: '[{"key":', type: 'perl', enabled: 7, confirm: 2, timeoutMs: 1 });
  const { type: _, env: __, enabled: ___, confirm: ____, id, revision, createdAt, updatedAt, ...readable } = broken;
  const shown = {
    id,
    revision,
    createdAt,
    updatedAt,
    broken: [
      { path: 'type', message: 'must be one of bash, node, browser' },
      { path: 'env', message: 'must be a list' },
      { path: 'enabled', message: 'must be true or false' },
      { path: 'confirm', message: 'must be true or false' },
      { path: 'timeoutMs', message: 'must be a whole number of ms from 100 to 86400000, or null for the default' },
    ],
    salvage: { ...readable, timeoutMs: 1 },
  };
  expect(await allOf(store.scripts.list())).toEqual([shown, whole]);
  expect(await store.scripts.find(broken.id)).toEqual(shown);
  expect(await store.scripts.findByIdentifier(broken.codeIdentifier)).toEqual(shown);
});

it('a script that breaks the rules is repaired by an update, and can be deleted', async () => {
  const script = aScript();
  await store.scripts.insert(script, anAuditEvent());
  edit('script_definitions', script.id, { env: 'x' });
  expect(await store.scripts.update({ ...script, revision: 2 }, 1, anAuditEvent())).toBe(true);
  expect(await store.scripts.find(script.id)).toEqual({ ...script, revision: 2 });
  edit('script_definitions', script.id, { env: 'x' });
  expect(await store.scripts.delete(script.id, anAuditEvent())).toBe(true);
});

it('a revision that cannot be run is none', async () => {
  const script = aScript();
  await store.revisions.saveOnce({ scriptId: script.id, revision: 1, savedAt: at(0), script });
  hand.transact(({ exec }) => exec(`UPDATE script_revisions SET script = '{"script":'`));
  expect(await store.revisions.find(script.id, 1)).toBeNull();
});

it('a row that is no run is in the list beside the others, and is never executed', async () => {
  const { scriptId } = aRun();
  const whole = aRun({ createdAt: at(1) });
  const lost = aRun({ createdAt: at(3) });
  const torn = aRun({ createdAt: at(2) });
  for (const run of [whole, lost, torn]) await store.runs.insert(run, anAuditEvent());
  edit('script_runs', lost.id, { status: 'lost' });
  edit('script_runs', torn.id, { accepted: '{"actor"', output: '{"bytes":-' });
  const brokenLost = {
    id: lost.id,
    scriptId,
    createdAt: at(3),
    broken: [{ path: 'status', message: 'must be one of queued, running, succeeded, failed, canceled, timed_out' }],
  };
  const brokenTorn = {
    id: torn.id,
    scriptId,
    createdAt: at(2),
    broken: [{ path: 'meta', message: 'must be an object' }],
  };
  const { outputTail: _, ...summary } = whole;
  expect((await store.runs.list({ limit: 10 })).items).toEqual([brokenLost, brokenTorn, summary]);
  expect(await store.runs.find(lost.id)).toEqual(brokenLost);
  expect(await store.runs.find(torn.id)).toEqual(brokenTorn);
  expect(await store.runs.activeOf('server-1')).toEqual([whole]);
  expect(await store.runs.activeOfScript(scriptId)).toEqual([whole]);
  expect((await store.runs.activity([scriptId])).get(scriptId)).toEqual({ lastRun: null, usualDurationMs: null });
  const unreadable = { code: 'run.unreadable', issues: brokenTorn.broken };
  await expect(store.runs.claim(torn.id, 'token', at(5))).rejects.toMatchObject(unreadable);
  await expect(store.runs.finishQueued(torn.id, anEnd(), at(5))).resolves.toBeNull();
  expect(await store.runs.claim(lost.id, 'token', at(5))).toBeNull();
});

it('an audit row that is no event is left out, and pages go on past it', async () => {
  const events = [1, 2, 3, 4, 5].map((second) => anAuditEvent({ at: at(second) }));
  for (const event of events) await store.audit.append(event);
  edit('audit_events', events[3]!.id, { actor: '{' });
  const first = await store.audit.list({ limit: 2 });
  expect(first.items).toEqual([events[4]]);
  const second = await store.audit.list({ limit: 2, cursor: first.next! });
  expect(second.items).toEqual([events[2], events[1]]);
  const third = await store.audit.list({ limit: 2, cursor: second.next! });
  expect(third).toEqual({ items: [events[0]], next: null });
});
