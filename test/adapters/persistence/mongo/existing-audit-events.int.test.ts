import { expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { anAuditEvent, at } from '../../../contracts/samples.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { openOn } from '../../../support/mongo/existing-collections.js';

await describeWithMongo('audit events of another application', (mongo) => {
  it('that are not Runlet’s are not listed, and pages go on past them', async () => {
    const foreign = [
      {
        _id: new ObjectId(),
        action: 'users.create',
        at: at(9),
        actor: { type: 'admin', name: 'x' },
        outcome: 'success',
      },
      { _id: new ObjectId(), action: 'scripts.run', actorType: 'admin', createdAt: at(8), outcome: 'success' },
      { _id: new ObjectId(), action: 'scripts.run', at: at(7), actorType: 'admin', outcome: 'success' },
      { _id: new ObjectId(), action: 'scripts.run', at: 'then', actor: { type: 'admin', name: 'x' } },
    ];
    await openOn(mongo, { audit_events: foreign }, async ({ store, stored }) => {
      const ours = [anAuditEvent({ at: at(10) }), anAuditEvent({ at: at(6) }), anAuditEvent({ at: at(5) })];
      for (const event of ours) await store.audit.append(event);
      expect(await store.audit.list({ limit: 10 })).toEqual({ items: ours, next: null });
      const first = await store.audit.list({ limit: 2 });
      expect(first.items).toEqual(ours.slice(0, 1));
      expect((await store.audit.list({ limit: 2, cursor: first.next! })).items).toEqual(ours.slice(1));
      for (const document of foreign) expect(await stored('audit_events', document._id)).toEqual(document);
    });
  });
});
