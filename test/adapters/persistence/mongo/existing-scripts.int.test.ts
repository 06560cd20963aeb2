import { expect, it } from '@jest/globals';
import { Decimal128, Double, Long, ObjectId, type Document } from 'mongodb';
import { isBroken, revisionOf, type Script } from '../../../../src/domain/script/script.js';
import { anAuditEvent, aScript, at } from '../../../contracts/samples.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { foreignScript, openOn } from '../../../support/mongo/existing-collections.js';
import { allOf } from '../../../support/all-of.js';

await describeWithMongo('scripts of another application', (mongo) => {
  it('are read with what they lack filled in', async () => {
    const _id = new ObjectId('65f000000000000000000001');
    const bare = { _id, name: 'Bare', codeIdentifier: 'bare', type: 'node', script: '1 + 1' };
    await openOn(mongo, { script_definitions: [bare] }, async ({ store, warnings }) => {
      const made = _id.getTimestamp();
      const expected: Script = {
        id: _id.toHexString(),
        name: 'Bare',
        codeIdentifier: 'bare',
        description: '',
        type: 'node',
        runner: 'host',
        script: '1 + 1',
        defaultWorkingDirectory: '',
        env: [],
        timeoutMs: null,
        enabled: true,
        confirm: false,
        revision: 0,
        createdAt: made,
        updatedAt: made,
      };
      expect(await store.scripts.find(expected.id)).toEqual(expected);
      expect(await store.scripts.findByIdentifier('bare')).toEqual(expected);
      expect(await allOf(store.scripts.list())).toEqual([expected]);
      expect(warnings).toEqual([]);
    });
  });

  it('are read whatever number type their time limit has', async () => {
    const timeouts = [new Double(60_000), Long.fromNumber(60_000), 60_000];
    const documents = timeouts.map((timeoutMs, n) => foreignScript({ codeIdentifier: `s${n}`, timeoutMs }));
    await openOn(mongo, { script_definitions: documents }, async ({ store }) => {
      const scripts = (await allOf(store.scripts.list())) as Script[];
      expect(scripts.map(({ timeoutMs }) => timeoutMs)).toEqual([60_000, 60_000, 60_000]);
    });
  });

  it('are decoded, and keep what is not Runlet’s when they are saved', async () => {
    const body = 'echo "wörld 🌍"\n';
    const script = Buffer.from(body).toString('base64');
    const extras = { __v: 3, organizationId: new ObjectId(), labels: ['ops', { deep: true }] };
    const document = foreignScript({ script, scriptFormat: 'base64', ...extras });
    await openOn(mongo, { script_definitions: [document] }, async ({ store, stored }) => {
      const found = (await store.scripts.find(document._id.toHexString())) as Script;
      expect(found).toMatchObject({ script: body, revision: 0, env: [{ key: 'A', value: '1' }] });

      const saved = { ...found, script: `${body}exit 1\n`, revision: 1, updatedAt: at(9) };
      expect(await store.scripts.update(saved, 1, anAuditEvent())).toBe(false);
      expect(await store.scripts.update(saved, 0, anAuditEvent())).toBe(true);
      expect(await store.scripts.update({ ...saved, name: 'Late' }, 0, anAuditEvent())).toBe(false);
      expect(await store.scripts.find(found.id)).toEqual(saved);

      const { id: _, ...fields } = saved;
      const expected = { ...document, ...fields, scriptFormat: 'string' };
      expect(await stored('script_definitions', document._id)).toEqual(expected);
    });
  });

  it('get a revision that can be run', async () => {
    const document = foreignScript();
    await openOn(mongo, { script_definitions: [document] }, async ({ store }) => {
      const found = (await store.scripts.find(document._id.toHexString())) as Script;
      const revised = { ...found, revision: 1 };
      expect(await store.scripts.update(revised, 0, anAuditEvent())).toBe(true);
      expect(await store.revisions.find(found.id, 1)).toEqual(revisionOf(revised));
    });
  });

  it('that break the rules are listed as broken, told of once, and can be repaired', async () => {
    const good = foreignScript({ codeIdentifier: 'good', updatedAt: at(1) });
    const perl = foreignScript({ codeIdentifier: 'perl', type: 'perl', updatedAt: at(3) });
    const empty = foreignScript({ codeIdentifier: 'empty', updatedAt: at(2) });
    delete (empty as Document).script;
    const wrong = foreignScript({ codeIdentifier: 'wrong', timeoutMs: Decimal128.fromString('1e3'), revision: 'two' });
    wrong.updatedAt = at(0);
    await openOn(mongo, { script_definitions: [good, perl, empty, wrong] }, async ({ store, warnings }) => {
      const listed = await allOf(store.scripts.list());
      expect(listed.map(({ id }) => id)).toEqual([perl, empty, good, wrong].map(({ _id }) => _id.toHexString()));
      expect(listed.map(isBroken)).toEqual([true, true, false, true]);
      expect(listed[0]).toMatchObject({ broken: [{ path: 'type' }], salvage: { name: 'Rotate', script: 'echo 1' } });
      expect(listed[1]).toMatchObject({ broken: [{ path: 'script' }], salvage: { type: 'bash' } });
      expect(listed[3]).toMatchObject({ revision: 0, broken: [{ path: 'timeoutMs' }, { path: 'revision' }] });

      await allOf(store.scripts.list());
      await store.scripts.find(perl._id.toHexString());
      expect(warnings.map(({ collection, id }) => [collection, id])).toEqual(
        [perl, empty, wrong].map(({ _id }) => ['script_definitions', _id.toHexString()]),
      );

      for (const { id } of listed.filter(isBroken)) {
        const repaired = aScript({ id, revision: 1 });
        expect(await store.scripts.update(repaired, 0, anAuditEvent())).toBe(true);
        expect(await store.scripts.find(id)).toEqual(repaired);
      }
    });
  });

  it('with an id that is no ObjectId can be read and deleted', async () => {
    const document = { ...foreignScript(), _id: 'by-hand' };
    await openOn(mongo, { script_definitions: [document] }, async ({ store }) => {
      expect(await store.scripts.find('by-hand')).toMatchObject({ id: 'by-hand', name: 'Rotate' });
      expect(await store.scripts.delete('by-hand', anAuditEvent())).toBe(true);
      expect(await allOf(store.scripts.list())).toEqual([]);
    });
  });
});
