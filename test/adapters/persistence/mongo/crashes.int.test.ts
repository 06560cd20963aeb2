import { expect } from '@jest/globals';
import { openMongoStore } from '../../../../src/adapters/persistence/mongo/mongo-store.js';
import { type CrashEverywhere, describeCrashes } from '../../../contracts/crashes.contract.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { freshDatabase, SILENT, withDatabase } from '../../../support/mongo/fresh-mongo-store.js';
import { dropDatabase } from '../../../support/mongo/mongo-for-tests.js';
import { startWriteLimitingProxy } from '../../../support/mongo/write-limiting-proxy.js';

await describeWithMongo('crashes', (mongo) => {
  const crashEverywhere: CrashEverywhere = async ({ prepare, change, meanwhile, check }) => {
    for (let writes = 0; ; writes++) {
      const uri = freshDatabase(mongo);
      const proxy = await startWriteLimitingProxy(uri);
      const dying = await openMongoStore({ uri: proxy.uri, log: SILENT });
      await prepare(dying);
      await dying.mend(); // nothing of the preparation is under way
      proxy.limit(writes);
      const failed = await change(dying).then(
        () => false,
        () => true,
      );
      await dying.close();
      const completed = !proxy.exceeded;
      expect(failed && completed).toBe(false);
      await proxy.close();

      const next = await openMongoStore({ uri, log: SILENT });
      try {
        await meanwhile?.(next);
        await next.mend();
        await check(next, completed);
        await expectTidy(uri);
      } finally {
        await next.close();
        await dropDatabase(uri);
      }
      if (completed) return writes;
    }
  };

  describeCrashes('MongoDB', crashEverywhere);
});

/** Nothing of what mending needs is left in the documents. */
const expectTidy = (uri: string): Promise<void> =>
  withDatabase(uri, async (db) => {
    for (const name of ['script_definitions', 'script_runs']) {
      const documents = await db.collection(name).find().toArray();
      const fields = documents.flatMap((document) => Object.keys(document));
      expect(fields.filter((field) => field.startsWith('runlet'))).toEqual([]);
    }
    const scripts = await db.collection('script_definitions').distinct('_id');
    const owners = await db.collection('script_revisions').distinct('scriptId');
    expect(owners.map(String).filter((owner) => !scripts.map(String).includes(owner))).toEqual([]);
  });
