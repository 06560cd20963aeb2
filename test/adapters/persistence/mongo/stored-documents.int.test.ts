import { expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { ScriptRun } from '../../../../src/domain/run/script-run.js';
import { aRun, aScript, anAuditEvent } from '../../../contracts/samples.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { openOn } from '../../../support/mongo/existing-collections.js';

await describeWithMongo('what Runlet stores in MongoDB', (mongo) => {
  it('has ObjectIds and Dates, and plain fields of the SPEC', async () => {
    await openOn(mongo, {}, async ({ store, stored }) => {
      const script = aScript();
      const run = aRun({ scriptId: script.id, meta: { result: { $set: { 'a.b': [{ _bsontype: 'ObjectId' }] } } } });
      const event = anAuditEvent({ runId: run.id });
      await store.scripts.insert(script, anAuditEvent());
      await store.runs.insert(run, anAuditEvent());
      await store.audit.append(event);
      const { id: _, ...fields } = script;
      const _id = new ObjectId(script.id);
      expect(await stored('script_definitions', _id)).toEqual({ _id, ...fields, scriptFormat: 'string' });
      expect(await stored('script_runs', new ObjectId(run.id))).toMatchObject({
        scriptId: _id,
        createdAt: run.createdAt,
        claim: { owner: 'server-1', token: null, process: null },
      });
      expect(((await store.runs.find(run.id)) as ScriptRun).meta.result).toEqual(run.meta.result);
      expect(await stored('audit_events', new ObjectId(event.id))).toMatchObject({ runId: new ObjectId(run.id) });
    });
  });
});
