import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ApiClient, RUNS, SCRIPTS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import { askedScripts, type Fixture, openFixture, readStored } from './support/fixture-of-0.1.0.js';
import { processesOfRun } from './support/processes.js';
import { type Server, startServer } from './support/server.js';
import type { AuditJson, EventJson, Listed, RunJson, ScriptJson } from './support/wire-types.js';

// What a later version adds to an answer is no concern of these tests: what 0.1.0 answered has to be in it.
await describeOnEachStore('What a server of 0.1.0 left', (store) => {
  let fixture: Fixture;
  let server: Server;
  let api: ApiClient;
  const start = async (): Promise<void> => {
    const keepAll = { RETENTION_DAYS: '0', RETENTION_RUNS: '0', AUDIT_RETENTION_DAYS: '0' };
    server = await startServer({ ...fixture.settings, ADMIN_PASS: undefined, ...keepAll, MAX_CONCURRENT_RUNS: '1' });
    api = server.api.as({ user: 'admin', password: fixture.password });
  };
  beforeAll(async () => {
    fixture = await openFixture(store);
    await start();
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });

  const isActive = (id: string): boolean => fixture.expected.active.some((run) => run.id === id);
  const scriptOf = async (key: string): Promise<ScriptJson> => {
    const asked = (await askedScripts()).find((script) => script.key === key);
    const found = fixture.expected.scripts.find(({ name, codeIdentifier }) =>
      [name, codeIdentifier].includes(String(asked?.create.codeIdentifier ?? asked?.create.name)),
    );
    if (!found) throw new Error(`no script ${key}`);
    return found;
  };

  it('has scripts, all of whose fields are shown as they were asked for', async () => {
    const { items } = (await api.get<Listed<ScriptJson>>(SCRIPTS)).body;
    expect(items).toMatchObject(fixture.expected.scripts);
    for (const { key, create, updates = [] } of await askedScripts()) {
      if (key === 'deleted' || key === 'broken') continue;
      const { env, ...asked } = Object.assign({}, create, ...updates, LAST_CHANGES[key]) as Partial<ScriptJson>;
      const found = items.find(({ id }) => id === fixtureId(fixture, create.codeIdentifier, create.name));
      const revision = 1 + updates.length + (LAST_CHANGES[key] ? 1 : 0);
      expect(found).toMatchObject({ ...DEFAULTS, ...asked, revision, env: (env ?? []).map(shown) });
      expect(await api.script(found?.id ?? '')).toEqual(found);
    }
  });

  it('has a list that shows the last run and the usual duration of each script', async () => {
    const { items } = (await api.get<Listed<Expectable>>(`${SCRIPTS}?view=summary`)).body;
    const ran = new Set(
      fixture.expected.runs
        .map(({ item }) => item)
        .filter(({ id }) => isActive(id))
        .map(scriptIdOf),
    );
    for (const expected of fixture.expected.summaries.filter(({ id }) => !ran.has(id)))
      expect(items.find(({ id }) => id === expected.id)).toMatchObject(expected);
  });

  it('has runs, each with its record, its events and its log', async () => {
    const listed = await pages<RunJson>(api, RUNS);
    expect(listed.map(({ id }) => id)).toEqual(fixture.expected.runs.map(({ item }) => item.id));
    for (const { item, events, log } of fixture.expected.runs) {
      if (isActive(item.id)) continue;
      expect(await api.runOf(item.id)).toMatchObject(item);
      if (!events) continue; // its row breaks the rules
      // 0.1.0 showed what another writer had put where the final status has its number, so that a number came twice.
      const numberedOnce = events.filter(({ type, seq }) => type !== 'log' || seq <= item.meta.lastSeq);
      expect((await eventsOf(api, item.id)).map(eventInShort)).toMatchObject(numberedOnce);
      expect(inShort(await api.log(item.id))).toBe(log);
    }
  }, 60_000);

  it('has streams that replay', async () => {
    const long = fixture.expected.runs.find(({ item, log }) => log !== undefined && item.meta.output.lines === 3000);
    const events = await api.events(long?.item.id ?? '');
    expect(events.map(eventInShort)).toMatchObject(long?.events ?? []);
  });

  it('has a trail of every action, page by page', async () => {
    const trail = await pages<AuditJson>(api, '/api/admin/audit');
    const ids = new Set(fixture.expected.audit.map(({ id }) => id));
    expect(trail.filter(({ id }) => ids.has(id))).toMatchObject(fixture.expected.audit);
    expect(new Set(fixture.expected.audit.map(({ action }) => action)).size).toBe(6);
  });

  it('has queued runs, which are executed, each the revision that it was started with', async () => {
    const queued = fixture.expected.active.filter(({ was }) => was === 'queued');
    expect(queued).toHaveLength(3);
    for (const { id, script } of queued) {
      expect(await api.ended(id)).toMatchObject({ status: 'succeeded', meta: { reason: null } });
      const before = await lastLogOf(fixture, (await scriptOf(script)).id);
      expect(await api.log(id)).toBe(before);
    }
    const [ofSecret] = queued;
    expect(await api.log(ofSecret?.id ?? '')).toContain('right\n'); // the script compared it with what was saved
    expect(await api.log(ofSecret?.id ?? '')).not.toContain('tok_fixture');
  });

  it('has running runs, which end as interrupted with the output they had', async () => {
    const running = fixture.expected.active.filter(({ was }) => was === 'running');
    expect(running).toHaveLength(2);
    for (const { id, output = '' } of running) {
      const { meta, ...run } = await api.ended(id);
      expect({ ...run, reason: meta.reason }).toMatchObject({ status: 'failed', reason: 'interrupted' });
      expect(run.outputTail).toBe(output);
      expect(await api.log(id)).toBe(output);
      expect((await api.events(id)).at(-1)).toMatchObject({ type: 'done', status: 'failed', reason: 'interrupted' });
      expect(processesOfRun(id)).toEqual([]);
    }
  });

  it('has starts under a key, which are not done again', async () => {
    const { key, trigger, runId, scriptId } = fixture.expected.keyed[0]!;
    const path = `${SCRIPTS}/${scriptId}/run`;
    const answer = await api.send<{ runId: string }>('POST', path, { trigger }, { 'idempotency-key': key });
    expect([answer.status, answer.body.runId, answer.headers.get('idempotency-replayed')]).toEqual([
      202,
      runId,
      'true',
    ]);
    const other = await api.send<{ code: string }>('POST', path, { trigger: 'manual' }, { 'idempotency-key': key });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency.key-reused']);
  });

  it('has tables, indexes and revisions that are those of today', async () => {
    const settings = await store.fresh();
    await (await startServer(settings)).stop();
    const today = await readStored(store, settings);
    const { schema, revisions } = await readStored(store, fixture.settings);
    expect(schema).toEqual(today.schema);
    for (const { id, revision } of fixture.expected.scripts)
      for (let n = 1; n <= revision; n++) expect(revisions).toContain(`${id} ${n}`);
    expect(revisions.length).toBeGreaterThan(20);
  });

  it('can be run, edited and deleted', async () => {
    const { items } = (await api.get<Listed<ScriptJson & { invalid?: unknown }>>(SCRIPTS)).body;
    for (const script of items.filter(({ invalid }) => invalid === undefined)) {
      const saved = await api.editScript(script.id, { ...script, description: 'edited', enabled: true });
      expect(saved).toMatchObject({ name: script.name, env: script.env, description: 'edited' });
      expect(saved.revision).toBe(script.revision + 1);
    }
    const [broken] = items.filter(({ invalid }) => invalid !== undefined);
    await api.editScript(broken?.id ?? '', { type: 'bash' });
    for (const { id, script, runner } of await api.scripts()) {
      if (runner === 'browser' || script.includes('while') || script.includes('push(') || script.includes('sleep'))
        continue;
      expect((await api.ended(await api.startRun(id))).startedAt).not.toBeNull();
    }
    const { id } = await scriptOf('prints');
    expect((await api.send('DELETE', `${SCRIPTS}/${id}`)).status).toBe(200);
    expect((await api.runs(`?scriptId=${id}`)).items.length).toBeGreaterThan(0);
  }, 60_000);

  it('is the same after a restart, and nothing is executed again', async () => {
    const shown = async () => [await pages<RunJson>(api, RUNS), (await api.get(SCRIPTS)).body];
    const before = await shown();
    await server.stop();
    await start();
    expect(await shown()).toEqual(before);
  }, 30_000);
});

type Expectable = Fixture['expected']['summaries'][number];

/** What the story did to scripts after their own changes. */
const LAST_CHANGES: Readonly<Record<string, object>> = {
  greets: { script: 'echo a revision that came after' },
  later: { enabled: false },
};

const DEFAULTS = { description: '', defaultWorkingDirectory: '', timeoutMs: null, enabled: true, confirm: false };

const shown = ({ key, value, secret }: ScriptJson['env'][number]) => (secret ? { key, secret } : { key, value });

const scriptIdOf = ({ scriptId }: RunJson): string => scriptId;

const fixtureId = ({ expected }: Fixture, codeIdentifier: unknown, name: unknown): string | undefined =>
  expected.scripts.find((script) =>
    codeIdentifier === undefined ? script.name === name : script.codeIdentifier === codeIdentifier,
  )?.id;

/** What the newest ended run of a script had printed. */
const lastLogOf = async ({ expected }: Fixture, scriptId: string): Promise<string | undefined> =>
  expected.runs.find(({ item, log }) => item.scriptId === scriptId && item.status === 'succeeded' && log)?.log;

const pages = async <T>(api: ApiClient, path: string): Promise<T[]> => {
  const items: T[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const query: string = cursor && `&cursor=${cursor}`;
    const page: Listed<T> = (await api.get<Listed<T>>(`${path}?limit=20${query}`)).body;
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
};

const eventsOf = async (api: ApiClient, runId: string): Promise<EventJson[]> => {
  const events: EventJson[] = [];
  for (;;) {
    const path = `${RUNS}/${runId}/events?limit=200&since=${events.at(-1)?.seq ?? 0}`;
    const { items } = (await api.get<Listed<EventJson>>(path)).body;
    if (items.length === 0) return events;
    events.push(...items);
  }
};

const eventInShort = (event: EventJson): EventJson =>
  event.line === undefined ? event : { ...event, line: inShort(event.line) };

/** As the fixture keeps long texts. */
const inShort = (text: string): string =>
  text.length <= 500 ? text : `${text.length} characters, SHA-256 ${createHash('sha256').update(text).digest('hex')}`;
