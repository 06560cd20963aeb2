import { afterAll, beforeEach, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { openDatabase } from '../../../../src/adapters/persistence/sqlite/open-database.js';
import { SqliteAuditRepository } from '../../../../src/adapters/persistence/sqlite/sqlite-audit-repository.js';
import { bindable, namesIn, type SqlParams } from '../../../../src/adapters/persistence/sqlite/sql-values.js';
import { SqliteConnection, type Transaction } from '../../../../src/adapters/persistence/sqlite/sqlite-connection.js';
import { SqliteDatabase } from '../../../../src/adapters/persistence/sqlite/sqlite-database.js';
import { SqliteRunRepository } from '../../../../src/adapters/persistence/sqlite/sqlite-run-repository.js';
import { SqliteScriptRepository } from '../../../../src/adapters/persistence/sqlite/sqlite-script-repository.js';
import { SqliteScriptRevisionRepository } from '../../../../src/adapters/persistence/sqlite/sqlite-script-revision-repository.js';
import { aProgress, aRun, aScript, anAuditEvent, anAuthFailure, anEnd, at, newId } from '../../../contracts/samples.js';
import { allOf } from '../../../support/all-of.js';

/** Notes how SQLite goes about each statement. */
class ExplainingDatabase extends SqliteDatabase {
  readonly steps: string[] = [];

  override all(sql: string, params?: SqlParams) {
    this.#explain(sql, params);
    return super.all(sql, params);
  }

  override transaction<T>(work: (transaction: Transaction) => T) {
    return super.transaction((transaction) =>
      work({
        ...transaction,
        get: (sql, params) => this.#explained(sql, params, transaction.get),
        run: (sql, params) => this.#explained(sql, params, transaction.run),
        change: (sql, params) => this.#explained(sql, params, transaction.change),
      }),
    );
  }

  #explained<T>(sql: string, params: SqlParams | undefined, call: (sql: string, params?: SqlParams) => T): T {
    this.#explain(sql, params);
    return call(sql, params);
  }

  #explain(sql: string, params: SqlParams = {}): void {
    const values = namesIn(sql).map((name) => bindable(name, params[name]));
    // On a connection of its own: SQLite leaves an explained statement open.
    const steps = new Libsql(file).prepare(`EXPLAIN QUERY PLAN ${sql}`).all(values) as { detail: string }[];
    this.steps.push(...steps.map(({ detail }) => detail));
  }
}

const folder = mkdtempSync(join(tmpdir(), 'runlet-plans-'));
const file = join(folder, 'runlet.db');
(await openDatabase(file)).close();
const database = new ExplainingDatabase(new SqliteConnection(file));

afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  database.steps.length = 0;
});

/** Every choice of some of the fields. */
const subsets = <T extends object>(all: T): Partial<T>[] =>
  Object.entries(all).reduce<Partial<T>[]>(
    (chosen, [field, value]) => chosen.flatMap((fields) => [fields, { ...fields, [field]: value as unknown }]),
    [{}],
  );

const cursor = { at: at(0), id: newId() };
const readsWholeTable = (step: string) => step.startsWith('SCAN') && !step.includes('INDEX');
const sorts = (step: string) => step.includes('TEMP B-TREE');

it('every list of runs walks along an index in its order', async () => {
  const runs = new SqliteRunRepository(database);
  for (const query of subsets({ scriptId: newId(), status: 'queued' as const, trigger: 'api' as const, cursor })) {
    database.steps.length = 0;
    await runs.list({ limit: 10, ...query });
    expect(database.steps).toHaveLength(1);
    const index = query.scriptId ? 'script' : query.status ? 'status' : 'time';
    expect(database.steps[0]).toContain(`USING INDEX script_runs_by_${index}`);
    if (query.scriptId || query.status || query.cursor) expect(database.steps[0]).toContain('SEARCH');
  }
});

it('every list of audit events walks along an index in its order', async () => {
  const audit = new SqliteAuditRepository(database);
  const fields = {
    action: 'scripts.run',
    actor: 'a',
    entityId: newId(),
    outcome: 'denied',
    from: at(0),
    to: at(1),
    cursor,
  } as const;
  for (const query of subsets(fields)) await audit.list({ limit: 10, ...query });
  expect(database.steps).toHaveLength(2 ** 7);
  expect(database.steps.filter((step) => readsWholeTable(step) || sorts(step))).toEqual([]);
});

it('the list of scripts walks along an index in its order', async () => {
  await allOf(new SqliteScriptRepository(database).list());
  expect(database.steps).toEqual(['SCAN script_definitions USING COVERING INDEX script_definitions_by_update']);
});

it('nothing else reads a whole table', async () => {
  const runs = new SqliteRunRepository(database);
  const scripts = new SqliteScriptRepository(database);
  const revisions = new SqliteScriptRevisionRepository(database);
  const audit = new SqliteAuditRepository(database);
  const script = aScript();
  const run = aRun({ scriptId: script.id });
  await scripts.insert(script, anAuditEvent());
  await scripts.update({ ...script, revision: 2 }, 1, anAuditEvent());
  await scripts.find(script.id);
  await scripts.findByIdentifier(script.codeIdentifier);
  await revisions.saveOnce({ scriptId: script.id, revision: 1, savedAt: at(0), script });
  await revisions.find(script.id, 1);
  await runs.insert(run, anAuditEvent());
  await runs.find(run.id);
  await runs.activity([script.id]);
  await runs.activeOf('server-1');
  await runs.activeOfScript(script.id);
  await runs.finishQueued(newId(), anEnd(), at(1));
  await runs.claim(run.id, 'token', at(1));
  await runs.recordProcess(run.id, 'token', { pid: 1, startTime: null, bootId: null, cookie: '', cgroup: null });
  await runs.recordProgress(run.id, 'token', aProgress(), at(1));
  await runs.requestCancel(run.id, { at: at(1), by: { type: 'system', name: '' } }, anAuditEvent());
  await runs.finishRunning(run.id, 'token', anEnd(), at(2));
  await runs.runningElsewhere('server-1');
  await runs.queuedElsewhere('server-1');
  await runs.adopt(run.id, { from: 'server-1', to: 'server-2', cancel: null }, at(1), anAuditEvent());
  await runs.takeOver(run, 'token', at(1));
  await runs.unsweptOf('server-1');
  await runs.noteSwept(run.id);
  await runs.nextScriptWithRuns('');
  await runs.outdated(script.id, { newest: 10, endedSince: at(0) }, 50);
  await runs.known([run.id]);
  await runs.deleteEnded([run.id]);
  await audit.append(anAuditEvent());
  await audit.deleteBefore(at(0), 10);
  await audit.countAuthFailure(anAuthFailure());
  await scripts.delete(script.id, anAuditEvent());
  expect(database.steps.length).toBeGreaterThan(15);
  const ofIdsGiven = (step: string) => step.startsWith('SCAN json_each');
  expect(database.steps.filter((step) => readsWholeTable(step) && !ofIdsGiven(step))).toEqual([]);
  // The active runs of an owner are few, and asked for once at the start.
  expect(database.steps.filter(sorts)).toEqual(['USE TEMP B-TREE FOR ORDER BY']);
});
