import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { eventually } from '../support/eventually.js';
import { describeWithMongo } from '../support/mongo/describe-with-mongo.js';
import { freshDatabase } from '../support/mongo/fresh-mongo-store.js';
import { type Command, type RefusingProxy, startRefusingProxy } from '../support/mongo/refusing-proxy.js';
import type { ApiClient } from './support/api-client.js';
import type { Environment } from './support/program.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';

/** What a store refuses, with an error that Runlet has no name for. */
type Refused = 'claims' | 'ends' | 'successes' | 'audit events';

interface RefusingStore {
  readonly settings: Environment;
  refuse(what: Refused): void;
  mend(): void;
  close(): Promise<void>;
}

/** @param isOneWrite whether a run and its audit event are one write; otherwise the run's document has the event until it is in the trail */
const suite = (open: () => Promise<RefusingStore>, { isOneWrite }: { isOneWrite: boolean }): void => {
  let store: RefusingStore;
  let server: Server;
  let api: ApiClient;

  beforeEach(async () => {
    store = await open();
    await start();
  });
  afterEach(async () => {
    await server.stop();
    await store.close();
  });
  afterAll(cleanUp);
  const start = async (): Promise<void> => {
    server = await startServer({ ...store.settings, MAX_CONCURRENT_RUNS: '2', LOG_LEVEL: 'fatal' });
    api = server.api;
  };
  const health = async () => {
    const { status, body } = await api.get<{ problems?: string[] }>('/healthz');
    return [status, body.problems ?? []];
  };
  const problems = async () =>
    (await api.get<{ problems: { code: string; message: string }[] }>('/api/admin/system')).body.problems;
  const expectWholeStream = async (runId: string, end: object): Promise<void> => {
    const events = await api.events(runId);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'done', ...end });
  };

  it('claims: each run ends as internal with what happened, and the next is executed when the store is mended', async () => {
    const { id } = await api.createScript({ script: 'echo hi' });
    store.refuse('claims');
    const runIds = [await api.startRun(id), await api.startRun(id), await api.startRun(id), await api.startRun(id)];
    for (const runId of runIds) {
      const run = await api.ended(runId);
      expect(run).toMatchObject({ status: 'failed', exitCode: null, startedAt: null, meta: { reason: 'internal' } });
      expect(run.meta.message).toMatch(/^Runlet failed before the script was started: .*(validation|refused here)/);
      await expectWholeStream(runId, { status: 'failed', reason: 'internal' });
    }
    expect(await health()).toEqual([200, []]);
    store.mend();
    expect((await api.ended(await api.startRun(id))).status).toBe('succeeded');
  }, 60_000);

  it('the end of a run for what is in it: it ends as internal, with what it was', async () => {
    store.refuse('successes');
    const run = await api.runToEnd({ script: 'echo hi' });
    expect(run).toMatchObject({ status: 'failed', exitCode: 0, meta: { reason: 'internal', output: { bytes: 3 } } });
    expect(run.meta.message).toMatch(/^how it ended \(succeeded, exit code 0\) could not be stored: /);
    await expectWholeStream(run.id, { status: 'failed', exitCode: 0, reason: 'internal' });
    expect(await api.runToEnd({ script: 'exit 3' })).toMatchObject({ exitCode: 3, meta: { reason: 'exit-code' } });
  }, 60_000);

  it('every end: the service says so, tries again, and tells viewers what it has stored, also after a kill', async () => {
    const marks = await temporaryFolder();
    store.refuse('ends');
    const failed = await api.run({ name: 'One', script: `echo done; touch ${marks}/one; exit 3` });
    await eventually(() => expect(existsSync(join(marks, 'one'))).toBe(true));
    await eventually(async () => expect(await health()).toEqual([503, ['runs.end-not-stored']]));
    const [problem] = await problems();
    expect(problem?.message).toMatch(/^the end of 1 run could not be stored: .*; make the store take it/);
    const stream = api.follow(failed);
    const told: string[] = [];
    const watching = (async () => {
      for await (const { type, status } of stream) told.push(type === 'status' ? String(status) : type);
    })();
    await eventually(() => expect(told).toContain('log'));
    expect((await api.runOf(failed)).status).toBe('running');
    expect(told).not.toContain('done');
    // The slot is free: others are executed.
    const two = await api.run({ name: 'Two', script: `touch ${marks}/two; exit 4` });
    await eventually(() => expect(existsSync(join(marks, 'two'))).toBe(true));
    store.mend();
    expect(await api.ended(failed)).toMatchObject({ status: 'failed', exitCode: 3, meta: { reason: 'exit-code' } });
    expect(await api.ended(two)).toMatchObject({ status: 'failed', exitCode: 4 });
    await watching;
    expect(told.slice(-2)).toEqual(['failed', 'done']);
    await eventually(async () => expect(await health()).toEqual([200, []]));

    store.refuse('ends');
    const killed = await api.run({ name: 'Three', script: `echo begun; touch ${marks}/three; sleep 300` });
    await eventually(() => expect(existsSync(join(marks, 'three'))).toBe(true));
    await server.kill();
    await start();
    await eventually(async () => expect(await health()).toEqual([503, ['runs.end-not-stored']]));
    store.mend();
    expect(await api.ended(killed)).toMatchObject({ status: 'failed', meta: { reason: 'interrupted' } });
    await eventually(async () => expect(await health()).toEqual([200, []]));
  }, 90_000);

  it('the audit event of a start: nothing is started without it, or the run has it in its document', async () => {
    const marks = await temporaryFolder();
    const { id } = await api.createScript({ script: `touch ${marks}/started` });
    store.refuse('audit events');
    const { status } = await api.send('POST', `/api/admin/scripts/${id}/run`);
    const { items } = await api.runs(`?scriptId=${id}`);
    const accepted = status === 202 ? 1 : 0;
    expect([status, items.length]).toEqual(isOneWrite ? [500, 0] : [202, 1]);
    for (const run of items) expect(await api.ended(run.id)).toMatchObject({ status: 'succeeded' });
    expect(existsSync(join(marks, 'started'))).toBe(accepted === 1);
    store.mend();
    await server.kill();
    await start();
    const trail = await api.get<{ items: unknown[] }>(
      `/api/admin/audit?action=scripts.run&outcome=success&entityId=${id}`,
    );
    expect(trail.body.items).toHaveLength(accepted);
  }, 60_000);
};

describe('A store that refuses', () => {
  describe('on SQLite', () => {
    suite(
      async () => {
        const settings = await freshDataDir();
        const change = (sql: string): void => {
          const database = new Libsql(join(settings.DATA_DIR, 'runlet.db'), { timeout: 5000 });
          try {
            database.exec(sql);
          } finally {
            database.close();
          }
        };
        const onRuns = (condition: string): string =>
          `CREATE TRIGGER refusal BEFORE UPDATE OF status ON script_runs WHEN ${condition}
         BEGIN SELECT RAISE(ABORT, 'refused here'); END`;
        const TRIGGERS: Readonly<Record<Refused, string>> = {
          claims: onRuns("NEW.status = 'running'"),
          ends: onRuns("NEW.status NOT IN ('queued', 'running')"),
          successes: onRuns("NEW.status = 'succeeded'"),
          'audit events': `CREATE TRIGGER refusal BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'refused here'); END`,
        };
        return {
          settings,
          refuse: (what) => change(TRIGGERS[what]),
          mend: () => change('DROP TRIGGER refusal'),
          close: () => Promise.resolve(),
        };
      },
      { isOneWrite: true },
    );
  });
});

await describeWithMongo('A store that refuses', (mongo) => {
  describe('on MongoDB', () => {
    suite(
      async () => {
        const proxy: RefusingProxy = await startRefusingProxy(freshDatabase(mongo));
        const statusIn = ({ update }: Command): unknown =>
          (update as { $set?: { status?: unknown } } | undefined)?.$set?.status;
        const onRuns = (is: (status: unknown) => boolean) => (command: Command) =>
          command.findAndModify === 'script_runs' && is(statusIn(command));
        const REFUSALS: Readonly<Record<Refused, (command: Command) => boolean>> = {
          claims: onRuns((status) => status === 'running'),
          ends: onRuns((status) => status !== undefined && status !== 'running'),
          successes: onRuns((status) => status === 'succeeded'),
          'audit events': ({ insert, update, findAndModify }) =>
            [insert, update, findAndModify].includes('audit_events'),
        };
        return {
          settings: { ...(await freshDataDir()), MONGODB_URI: proxy.uri },
          refuse: (what) => proxy.refuse(REFUSALS[what]),
          mend: () => proxy.refuse(null),
          close: () => proxy.close(),
        };
      },
      { isOneWrite: false },
    );
  });
});
