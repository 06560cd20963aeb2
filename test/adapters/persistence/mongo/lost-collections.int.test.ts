import { expect, it } from '@jest/globals';
import type { Store } from '../../../../src/application/ports/store.js';
import { aScript, anAuditEvent } from '../../../contracts/samples.js';
import { allOf } from '../../../support/all-of.js';
import { eventually } from '../../../support/eventually.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { openFreshMongoStore, withDatabase } from '../../../support/mongo/fresh-mongo-store.js';

const FINE = { problems: [], mended: [] };

await describeWithMongo('a MongoDB that loses something while it is used', (mongo) => {
  const withStore = async (use: (store: Store, uri: string) => Promise<void>) => {
    const { store, uri, close } = await openFreshMongoStore(mongo);
    try {
      expect(await store.examine()).toEqual(FINE);
      await use(store, uri);
    } finally {
      await close();
    }
  };
  const missing = (message: string) => ({
    problems: [{ code: 'store.missing', message: expect.stringContaining(message) }],
    mended: [],
  });

  it.each(['script_definitions', 'script_runs', 'script_run_logs', 'audit_events'])(
    'says that %s was renamed, makes no other, and is right again when it has its name back',
    async (name) => {
      await withStore(async (store, uri) => {
        await store.scripts.insert(aScript(), anAuditEvent());
        await withDatabase(uri, (db) => db.renameCollection(name, 'elsewhere'));
        expect(await store.examine()).toEqual(missing(`${name} is not in the MongoDB database`));
        const names = await withDatabase(uri, (db) => db.listCollections().toArray());
        expect(names.map((each) => each.name)).not.toContain(name);
        await withDatabase(uri, (db) => db.renameCollection('elsewhere', name));
        await eventually(async () => expect((await store.examine()).problems).toEqual([]));
        expect(await allOf(store.scripts.list())).toHaveLength(1);
      });
    },
  );

  it('says that the whole database was dropped', async () => {
    await withStore(async (store, uri) => {
      await withDatabase(uri, (db) => db.dropDatabase());
      const { problems } = await store.examine();
      expect(problems).toEqual(missing('runlet_meta, script_definitions, script_revisions, script_runs').problems);
    });
  });

  it('says that a collection was dropped that has no indexes of its own', async () => {
    await withStore(async (store, uri) => {
      await withDatabase(uri, (db) => db.dropCollection('runlet_meta'));
      expect(await store.examine()).toEqual(missing('runlet_meta is not in the MongoDB database'));
    });
  });

  it('builds indexes that were dropped again, unique ones too', async () => {
    await withStore(async (store, uri) => {
      await withDatabase(uri, async (db) => {
        await db.collection('script_definitions').dropIndex('codeIdentifier_1');
        await db.collection('script_runs').dropIndex('createdAt_-1__id_-1');
      });
      expect(await store.examine()).toEqual(missing('indexes of script_definitions, script_runs are missing'));
      const last = await eventually(async () => {
        const examination = await store.examine();
        expect(examination.problems).toEqual([]);
        return examination;
      });
      expect(last.mended).toEqual(['indexes of script_definitions, script_runs were missing; they were built again']);
      expect(await store.examine()).toEqual(FINE);
      await store.scripts.insert(aScript({ codeIdentifier: 'once' }), anAuditEvent());
      await expect(store.scripts.insert(aScript({ codeIdentifier: 'once' }), anAuditEvent())).rejects.toMatchObject({
        code: 'script.identifier-taken',
      });
    });
  });

  it('names the documents that keep a unique index from being built again, until they are gone', async () => {
    await withStore(async (store, uri) => {
      await withDatabase(uri, async (db) => {
        const scripts = db.collection('script_definitions');
        await scripts.dropIndex('codeIdentifier_1');
        await scripts.insertMany([{ codeIdentifier: 'twice' }, { codeIdentifier: 'twice' }]);
      });
      await eventually(async () => {
        const { problems } = await store.examine();
        expect(problems).toEqual([{ code: 'store.damaged', message: expect.stringContaining('twice') }]);
      });
      await withDatabase(uri, (db) => db.collection('script_definitions').deleteOne({ codeIdentifier: 'twice' }));
      await eventually(async () => expect((await store.examine()).problems).toEqual([]));
    });
  });
});
