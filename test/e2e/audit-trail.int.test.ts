import { expect, it } from '@jest/globals';
import Database from 'libsql';
import { eventually } from '../support/eventually.js';
import { withDatabase } from '../support/mongo/fresh-mongo-store.js';
import { type ApiClient, RUNS, SCRIPTS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import type { Environment } from './support/program.js';
import { startServer } from './support/server.js';
import type { AuditJson, Listed, RunJson } from './support/wire-types.js';

const KILLS = 15;
const CLIENTS = 6;
const MOST_REQUESTS = 60;

await describeOnEachStore('The audit trail of a server that is killed at any moment', (store) => {
  it('has exactly one event for each change that is stored, and none for one that is not', async () => {
    const settings = { ...(await store.fresh()), KILL_GRACE_MS: '200', LOG_LEVEL: 'error' };
    const told: Told = { scripts: 0, answers: 0, updates: new Map() };
    for (let kill = 0; kill < Math.max(10, KILLS * store.volume); kill++) {
      const server = await startServer(settings);
      const work = Array.from({ length: CLIENTS }, () => changeThings(server.api, told));
      const wanted = told.answers + CLIENTS + Math.random() * MOST_REQUESTS;
      await eventually(() => expect(told.answers).toBeGreaterThan(wanted), { timeoutMs: 30_000 });
      await server.kill();
      await Promise.all(work);
    }
    const server = await startServer(settings);
    const events = (await all<AuditJson>(server.api, '/api/admin/audit')).filter(
      ({ outcome, action }) => outcome === 'success' && action.startsWith('scripts.'),
    );
    const runs = await all<RunJson>(server.api, RUNS);
    const scripts = new Map((await server.api.scripts()).map((script) => [script.id, script]));
    await server.stop();

    const eventsOf = (action: string, scriptId: string) =>
      events.filter((event) => event.action === action && event.entity?.id === scriptId).length;
    const scriptIds = new Set([
      ...scripts.keys(),
      ...told.updates.keys(),
      ...events.map(({ entity }) => entity?.id ?? ''),
    ]);
    const revisions = await storedRevisions(settings);
    for (const id of scriptIds) {
      const script = scripts.get(id);
      const counts = ['create', 'update', 'delete'].map((verb) => eventsOf(`scripts.${verb}`, id));
      const { confirmed, tried } = told.updates.get(id) ?? { confirmed: 0, tried: 0 };
      expect([id, counts]).toEqual([id, [1, script ? script.revision - 1 : expect.any(Number), script ? 0 : 1]]);
      expect(counts[1]).toBeGreaterThanOrEqual(confirmed);
      expect(counts[1]).toBeLessThanOrEqual(tried);
      const wanted = Array.from({ length: script?.revision ?? 0 }, (_, n) => n + 1);
      expect([id, revisions.get(id) ?? []]).toEqual([id, wanted]);
    }
    for (const id of revisions.keys()) expect(scripts.keys()).toContain(id);

    const byRun = (action: string) => events.filter((event) => event.action === action).map(({ runId }) => runId ?? '');
    expect(byRun('scripts.run').sort()).toEqual(runs.map(({ id }) => id).sort());
    const canceled = runs.filter(({ meta }) => meta.cancel !== null).map(({ id }) => id);
    expect([...new Set(byRun('scripts.cancel'))].sort()).toEqual(canceled.sort());
    expect(scripts.size).toBeGreaterThan(0);
    expect(byRun('scripts.cancel').length).toBeGreaterThan(0);
  }, 240_000);
});

/** What the servers confirmed before they were gone. */
interface Told {
  scripts: number;
  answers: number;
  /** Of each script, how many updates were sent and how many were answered with 200. */
  readonly updates: Map<string, { tried: number; confirmed: number }>;
}

/** Creates, edits, starts, cancels and deletes scripts until the server is gone. */
const changeThings = async (api: ApiClient, told: Told): Promise<void> => {
  const answered = async <T>(request: Promise<T>): Promise<T> => {
    const answer = await request;
    told.answers++;
    return answer;
  };
  try {
    for (let n = 0; ; n++) {
      const env = [{ key: 'TOKEN', value: `s3cret-${n}`, secret: true }];
      const codeIdentifier = `changing-${told.scripts++}`;
      const script = await answered(api.createScript({ codeIdentifier, script: 'sleep 60', env }));
      const counted = { tried: 0, confirmed: 0 };
      told.updates.set(script.id, counted);
      for (let edit = 0; edit < 2; edit++) {
        counted.tried++;
        await answered(api.editScript(script.id, { script: `sleep ${61 + edit}` }));
        counted.confirmed++;
      }
      if (n % 2 === 0) await answered(api.cancel(await answered(api.startRun(script.id))));
      else await answered(api.send('DELETE', `${SCRIPTS}/${script.id}`));
    }
  } catch (error) {
    if (!/fetch failed|terminated/.test(String(error))) throw error;
  }
};

const all = async <T>(api: ApiClient, path: string): Promise<T[]> => {
  const items: T[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page: Listed<T> = (await api.get<Listed<T>>(`${path}?limit=200${cursor && `&cursor=${cursor}`}`)).body;
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
};

/** Which revisions of which scripts the store holds, as a backup of it would. */
const storedRevisions = async ({ DATA_DIR, MONGODB_URI }: Environment): Promise<Map<string, number[]>> => {
  const rows = MONGODB_URI
    ? await withDatabase(MONGODB_URI, (db) => db.collection('script_revisions').find().sort({ revision: 1 }).toArray())
    : (new Database(`${DATA_DIR}/runlet.db`)
        .prepare('SELECT scriptId, revision FROM script_revisions ORDER BY revision')
        .all() as { scriptId: string; revision: number }[]);
  const stored = new Map<string, number[]>();
  for (const row of rows) {
    const id = String(row.scriptId);
    stored.set(id, [...(stored.get(id) ?? []), Number(row.revision)]);
  }
  return stored;
};
