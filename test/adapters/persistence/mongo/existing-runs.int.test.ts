import { expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { anAuditEvent, aRun, anEnd, at } from '../../../contracts/samples.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { foreignRun, openOn, SCRIPT_ID } from '../../../support/mongo/existing-collections.js';

await describeWithMongo('runs of another application', (mongo) => {
  it('are listed whatever their meta is, without their whole output', async () => {
    const documents = [
      foreignRun({ createdAt: at(5), meta: null, fullOutput: 'x'.repeat(100_000) }),
      foreignRun({ createdAt: at(4), meta: { actorType: 'admin', by: new ObjectId(), actor: 'root', output: 'text' } }),
      foreignRun({ createdAt: at(3), status: 'failed', exitCode: 7 }),
    ];
    await openOn(mongo, { script_runs: documents }, async ({ store, warnings }) => {
      const { items, next } = await store.runs.list({ limit: 10 });
      expect(next).toBeNull();
      expect(items.map(({ id }) => id)).toEqual(documents.map(({ _id }) => _id.toHexString()));
      for (const item of items) {
        expect(item).toMatchObject({
          scriptId: SCRIPT_ID.toHexString(),
          claim: { owner: null },
          meta: { durationMs: 2500, cancel: null, lastSeq: 0 },
        });
        expect(item).not.toHaveProperty('fullOutput');
        expect(item).not.toHaveProperty('outputTail');
      }
      const previews = (await store.runs.listPreviews({ limit: 10 })).items;
      expect(previews).toEqual(items.map((item) => ({ ...item, outputTail: 'tail\n' })));
      expect(await store.runs.find(items[0]!.id)).toMatchObject({ outputTail: 'tail\n', exitCode: 0 });
      const activity = await store.runs.activity([SCRIPT_ID.toHexString()]);
      expect(activity.get(SCRIPT_ID.toHexString())).toMatchObject({
        lastRun: { id: items[0]!.id },
        usualDurationMs: 2500,
      });
      expect(warnings).toEqual([]);
    });
  });

  it('without a time come last, on every page once', async () => {
    const dated = [1, 2, 3].map((second) => foreignRun({ createdAt: at(second) }));
    const undated = [null, 'yesterday', undefined, 17].map((createdAt) => {
      const { createdAt: _, ...run } = foreignRun();
      return createdAt === undefined ? run : { ...run, createdAt };
    });
    const expected = [...[...dated].reverse(), ...[...undated].reverse()].map(({ _id }) => _id.toHexString());
    await openOn(mongo, { script_runs: [...undated, ...dated] }, async ({ store }) => {
      for (const limit of [1, 2, 3, 4, 200]) {
        for (const filter of [{}, { scriptId: SCRIPT_ID.toHexString() }]) {
          const seen: string[] = [];
          let page = await store.runs.list({ limit, ...filter });
          while (page.next) {
            expect(page.items).toHaveLength(limit);
            seen.push(...page.items.map(({ id }) => id));
            page = await store.runs.list({ limit, ...filter, cursor: page.next });
          }
          seen.push(...page.items.map(({ id }) => id));
          expect(seen).toEqual(expected);
        }
      }
    });
  });

  it('that are no runs are listed as broken and told of once', async () => {
    const documents = [
      foreignRun({ createdAt: at(3), status: 'exploded' }),
      foreignRun({ createdAt: at(2), meta: 'text' }),
      foreignRun({ createdAt: at(1) }),
    ];
    await openOn(mongo, { script_runs: documents }, async ({ store, warnings, stored }) => {
      const list = async () => (await store.runs.list({ limit: 10 })).items;
      const broken = (await list()).map((run) => ('broken' in run ? run.broken.map(({ path }) => path) : null));
      expect(broken).toEqual([['status'], ['meta'], null]);
      await list();
      expect(warnings.map(({ id }) => id)).toEqual(documents.slice(0, 2).map(({ _id }) => _id.toHexString()));
      const cancel = { at: at(9), by: { type: 'admin', name: 'admin' } } as const;
      for (const { _id } of documents.slice(0, 2)) {
        const id = _id.toHexString();
        expect(await store.runs.find(id)).toMatchObject({ id, scriptId: SCRIPT_ID.toHexString() });
        await expect(store.runs.requestCancel(id, cancel, anAuditEvent())).rejects.toMatchObject({
          code: 'run.unreadable',
        });
        expect(await stored('script_runs', _id)).toEqual(documents.find((document) => document._id === _id));
      }
    });
  });

  it('that are active without a claim of Runlet’s are nobody’s', async () => {
    const documents = ['queued', 'running'].map((status) => foreignRun({ status }));
    await openOn(mongo, { script_runs: documents }, async ({ store, stored }) => {
      const ours = aRun({ scriptId: SCRIPT_ID.toHexString() });
      await store.runs.insert(ours, anAuditEvent());
      expect(await store.runs.activeOf('server-1')).toEqual([ours]);
      expect(await store.runs.activeOfScript(ours.scriptId)).toEqual([ours]);
      expect(await store.runs.claim(documents[0]!._id.toHexString(), 'token', at(9))).toBeNull();
      for (const document of documents) expect(await stored('script_runs', document._id)).toEqual(document);
    });
  });

  it('can be canceled by an admin, with what is not Runlet’s kept', async () => {
    const cancel = { at: at(9), by: { type: 'admin', name: 'admin' } } as const;
    for (const meta of [null, undefined, { note: 'theirs' }]) {
      const { meta: _, ...rest } = foreignRun({ status: 'queued', finishedAt: null, startedAt: null });
      const document = meta === undefined ? rest : { ...rest, meta };
      await openOn(mongo, { script_runs: [document] }, async ({ store, stored }) => {
        const id = document._id.toHexString();
        expect(await store.runs.requestCancel(id, cancel, anAuditEvent())).toMatchObject({
          status: 'queued',
          meta: { cancel },
        });
        const second = { ...cancel, at: at(10) };
        expect(await store.runs.requestCancel(id, second, anAuditEvent())).toMatchObject({ meta: { cancel } });
        const end = anEnd({ status: 'canceled', reason: 'canceled', exitCode: null });
        expect(await store.runs.finishQueued(id, end, at(11))).toMatchObject({ status: 'canceled' });
        expect(await stored('script_runs', document._id)).toMatchObject({
          fullOutput: 'all\n',
          __v: 0,
          meta: { ...meta, cancel, reason: 'canceled' },
        });
      });
    }
  });
});
