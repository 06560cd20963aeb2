import { expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { COLLECTIONS } from '../../../../src/adapters/persistence/mongo/collections.js';
import { Documents } from '../../../../src/adapters/persistence/mongo/documents.js';
import { OrphanedRevisions } from '../../../../src/adapters/persistence/mongo/orphaned-revisions.js';
import { aScript, anAuditEvent } from '../../../contracts/samples.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { foreignScript, openOn, SCRIPT_ID } from '../../../support/mongo/existing-collections.js';
import { withDatabase } from '../../../support/mongo/fresh-mongo-store.js';

await describeWithMongo('revisions whose script is gone', (mongo) => {
  const revision = (scriptId: unknown, revision: number) => ({ scriptId, revision, savedAt: new Date(), script: {} });

  it('are deleted when a second look finds them still, and no others are', async () => {
    const late = foreignScript();
    const orphans = [revision(SCRIPT_ID, 1), revision(SCRIPT_ID, 2), revision('theirs', 1), revision(late._id, 1)];
    await openOn(mongo, { script_revisions: orphans }, async ({ store, uri }) => {
      const script = aScript();
      await store.scripts.insert(script, anAuditEvent());
      await withDatabase(uri, async (db) => {
        const connection = { db, answer: <T>(work: () => Promise<T>) => work(), close: () => Promise.resolve() };
        const documents = (name: keyof typeof COLLECTIONS) => new Documents(connection, COLLECTIONS[name]);
        const left = async () => (await db.collection('script_revisions').distinct('scriptId')).map(String).sort();
        const own = [script.id, String(late._id)].sort();

        const patient = new OrphanedRevisions(documents('revisions'), documents('scripts'));
        await patient.look();
        await patient.look();
        expect(await left()).toHaveLength(4);

        const hasty = new OrphanedRevisions(documents('revisions'), documents('scripts'), { everyMs: 0 });
        await hasty.look();
        expect(await left()).toHaveLength(4);
        await db.collection('script_definitions').insertOne(late); // a restore brings it after its revisions
        await hasty.look();
        expect(await left()).toEqual(own);
        await hasty.look();
        expect(await left()).toEqual(own);
        expect(await db.collection('script_revisions').countDocuments({ scriptId: new ObjectId(script.id) })).toBe(1);
      });
    });
  });
});
