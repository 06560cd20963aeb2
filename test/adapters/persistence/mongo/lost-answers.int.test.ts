import { expect, it } from '@jest/globals';
import { openMongoStore } from '../../../../src/adapters/persistence/mongo/mongo-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { runStarted } from '../../../../src/domain/audit/run-started.js';
import { revisionOf } from '../../../../src/domain/script/script.js';
import { aRun, aScript, anAuditEvent, at } from '../../../contracts/samples.js';
import { eventually } from '../../../support/eventually.js';
import { startAnswerLosingProxy } from '../../../support/mongo/answer-losing-proxy.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { freshDatabase, SILENT } from '../../../support/mongo/fresh-mongo-store.js';
import { dropDatabase } from '../../../support/mongo/mongo-for-tests.js';

await describeWithMongo('a change whose answer is lost', (mongo) => {
  /** Makes the change while answers are lost, and gives the store back when it has answered and mended again. */
  const losing = async (
    prepare: (store: Store) => Promise<unknown>,
    change: (store: Store) => Promise<unknown>,
    check: (store: Store) => Promise<void>,
  ) => {
    const uri = freshDatabase(mongo);
    const proxy = await startAnswerLosingProxy(uri);
    const store = await openMongoStore({ uri: proxy.uri, log: SILENT });
    try {
      await prepare(store);
      await store.mend();
      proxy.loseAnswers(true);
      await expect(change(store)).rejects.toMatchObject({ code: 'store.unavailable' });
      proxy.loseAnswers(false);
      await eventually(() => store.mend());
      await store.mend();
      await check(store);
    } finally {
      await store.close();
      await proxy.close();
      await dropDatabase(uri);
    }
  };
  const trail = async (store: Store) => (await store.audit.list({ limit: 10 })).items;

  it('is stored with its revision and its event, once', async () => {
    const script = aScript();
    const event = anAuditEvent();
    await losing(
      async () => undefined,
      (store) => store.scripts.insert(script, event),
      async (store) => {
        expect(await store.scripts.find(script.id)).toEqual(script);
        expect(await store.revisions.find(script.id, 1)).toEqual(revisionOf(script));
        expect(await trail(store)).toEqual([event]);
      },
    );
  });

  it('is completed by who changes the script next, before it is mended', async () => {
    const script = aScript();
    const second = { ...script, name: 'Second', revision: 2 };
    const third = { ...script, name: 'Third', revision: 3 };
    const events = [anAuditEvent(), anAuditEvent(), anAuditEvent()] as const;
    const uri = freshDatabase(mongo);
    const proxy = await startAnswerLosingProxy(uri);
    const store = await openMongoStore({ uri: proxy.uri, log: SILENT });
    try {
      await store.scripts.insert(script, events[0]);
      proxy.loseAnswers(true);
      await expect(store.scripts.update(second, 1, events[1])).rejects.toMatchObject({ code: 'store.unavailable' });
      proxy.loseAnswers(false);
      await eventually(() => store.ping());
      expect(await eventually(() => store.scripts.update(third, 2, events[2]))).toBe(true);
      for (const each of [script, second, third])
        expect(await store.revisions.find(script.id, each.revision)).toEqual(revisionOf(each));
      expect(await trail(store)).toEqual([...events].reverse());
    } finally {
      await store.close();
      await proxy.close();
      await dropDatabase(uri);
    }
  });

  it('of a run that is started, of one that is canceled and of a deletion has its event, once', async () => {
    const run = aRun();
    const cancel = { at: at(5), by: { type: 'admin', name: 'admin' } } as const;
    const [script, event, created] = [aScript(), anAuditEvent(), anAuditEvent()];
    await losing(
      async () => undefined,
      (store) => store.runs.insert(run, runStarted(run)),
      async (store) => {
        expect(await store.runs.find(run.id)).toEqual(run);
        expect(await trail(store)).toEqual([runStarted(run)]);
      },
    );
    await losing(
      (store) => store.runs.insert(run, created),
      (store) => store.runs.requestCancel(run.id, cancel, event),
      async (store) => {
        expect(await store.runs.find(run.id)).toMatchObject({ meta: { cancel } });
        expect(await trail(store)).toEqual([created, event].sort((a, b) => (a.id < b.id ? 1 : -1)));
      },
    );
    await losing(
      (store) => store.scripts.insert(script, created),
      (store) => store.scripts.delete(script.id, event),
      async (store) => {
        expect(await store.scripts.find(script.id)).toBeNull();
        expect(await store.revisions.find(script.id, 1)).toBeNull();
        expect(await trail(store)).toEqual([created, event].sort((a, b) => (a.id < b.id ? 1 : -1)));
      },
    );
  });
});
