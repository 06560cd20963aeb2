import { describe, expect, it } from '@jest/globals';
import { isDomainError } from '../../src/domain/errors.js';
import type { Script } from '../../src/domain/script/script.js';
import { anAuditEvent, aScript, at, newId } from './samples.js';
import { scaled, times, useStore, type ContractOptions, type OpenStore } from './store-under-test.js';
import { allOf } from '../support/all-of.js';

export const describeScriptRepository = (adapter: string, open: OpenStore, { volume }: ContractOptions = {}): void => {
  describe(`ScriptRepository: ${adapter}`, () => {
    const store = useStore(open);
    const scripts = () => store().scripts;

    it('gives back exactly what was stored', async () => {
      const script = aScript({ timeoutMs: null, enabled: false, confirm: true, env: [], defaultWorkingDirectory: '' });
      const other = aScript({ type: 'node', runner: 'vm2', script: `// 🌍\u2028\r\n${'x'.repeat(1024 * 1024 - 20)}` });
      await scripts().insert(script, anAuditEvent());
      await scripts().insert(other, anAuditEvent());
      expect(await scripts().find(script.id)).toEqual(script);
      expect(await scripts().find(other.id)).toEqual(other);
      expect(await scripts().findByIdentifier(other.codeIdentifier)).toEqual(other);
    });

    it('reads a script that was saved when its variables could still have names that the shell sets', async () => {
      const env = ['UID', 'IFS', '_'].map((key) => ({ key, value: '1000' }));
      const script = aScript({ env });
      await scripts().insert(script, anAuditEvent());
      expect(await scripts().find(script.id)).toEqual(script);
      expect(await allOf(scripts().list())).toEqual([script]);
      const revision = await store().revisions.find(script.id, 1);
      expect(revision?.script.env).toEqual(env);
    });

    it('answers null for what is not there', async () => {
      await scripts().insert(aScript(), anAuditEvent());
      expect(await scripts().find(newId())).toBeNull();
      expect(await scripts().findByIdentifier('rotate')).toBeNull();
    });

    it('tells which may be run, as the last update left them', async () => {
      const script = aScript();
      const disabled = aScript({ enabled: false });
      await scripts().insert(script, anAuditEvent());
      await scripts().insert(disabled, anAuditEvent());
      expect(await scripts().isEnabled(script.id)).toBe(true);
      expect(await scripts().isEnabled(disabled.id)).toBe(false);
      expect(await scripts().isEnabled(newId())).toBe(false);
      await scripts().update({ ...script, enabled: false, revision: 2 }, 1, anAuditEvent());
      expect(await scripts().isEnabled(script.id)).toBe(false);
    });

    it('never shares state with its callers', async () => {
      const script = aScript();
      const before = structuredClone(script);
      await scripts().insert(script, anAuditEvent());
      spoil(script);
      expect(await scripts().find(before.id)).toEqual(before);
      spoil((await scripts().find(before.id)) as Script);
      spoil((await scripts().findByIdentifier(before.codeIdentifier)) as Script);
      spoil((await allOf(scripts().list()))[0] as Script);
      expect(await scripts().find(before.id)).toEqual(before);
      const updated = { ...structuredClone(before), revision: 2 };
      await scripts().update(updated, 1, anAuditEvent());
      spoil(updated);
      expect(await scripts().find(before.id)).toEqual({ ...before, revision: 2 });
    });

    it('lists all by updatedAt, then by id, newest first', async () => {
      expect(await allOf(scripts().list())).toEqual([]);
      const [a, b, c, d] = [at(5), at(9), at(5), at(1)].map((updatedAt) => aScript({ updatedAt })) as [
        Script,
        Script,
        Script,
        Script,
      ];
      for (const script of [c, a, d, b]) await scripts().insert(script, anAuditEvent());
      expect(await allOf(scripts().list())).toEqual([b, c, a, d]);
      await scripts().update({ ...d, revision: 2, updatedAt: at(20) }, 1, anAuditEvent());
      expect((await allOf(scripts().list())).map(({ id }) => id)).toEqual([d.id, b.id, c.id, a.id]);
    });

    it('lists in batches of a bounded size, each script once, whatever their sizes are', async () => {
      const sizes: number[] = times(30, (i) => (i % 10 < 8 ? 100 : 300_000));
      sizes.push(...times(5, () => 1000), 1024 * 1024, 10);
      const stored = sizes.map((size, i) => aScript({ updatedAt: at(1000 - i), script: 'x'.repeat(size) }));
      for (const script of stored) await scripts().insert(script, anAuditEvent());
      const listed: Script[] = [];
      for await (const batch of scripts().list()) {
        const bytes = (batch as Script[]).reduce((sum, { script }) => sum + script.length, 0);
        if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(256 * 1024);
        listed.push(...(batch as Script[]));
      }
      expect(listed.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
      expect(listed).toEqual(stored);
    });

    it('lists on when scripts are deleted and changed meanwhile', async () => {
      const stored = times(12, (i) => aScript({ updatedAt: at(100 - i), script: 'x'.repeat(200_000) }));
      for (const script of stored) await scripts().insert(script, anAuditEvent());
      const batches = scripts().list()[Symbol.asyncIterator]();
      const first = await batches.next();
      expect((first.value as Script[]).map(({ id }) => id)).toEqual([stored[0]!.id]);
      await scripts().delete(stored[5]!.id, anAuditEvent());
      await scripts().update({ ...stored[8]!, revision: 2, name: 'Changed', updatedAt: at(999) }, 1, anAuditEvent());
      await scripts().insert(aScript({ updatedAt: at(50) }), anAuditEvent());
      const rest: Script[] = [];
      for (let next = await batches.next(); !next.done; next = await batches.next())
        rest.push(...(next.value as Script[]));
      expect(rest.map(({ id }) => id)).toEqual(stored.filter((_, i) => i !== 0 && i !== 5).map(({ id }) => id));
      expect(rest.find(({ id }) => id === stored[8]!.id)?.name).toBe('Changed');
    });

    it('refuses an identifier that another script has, and stores nothing', async () => {
      const first = aScript({ codeIdentifier: 'backup' });
      const second = aScript({ codeIdentifier: 'backup' });
      await scripts().insert(first, anAuditEvent());
      await expectTaken(scripts().insert(second, anAuditEvent()));
      expect(await scripts().find(second.id)).toBeNull();
      expect(await allOf(scripts().list())).toEqual([first]);
    });

    it('lets exactly one of many racing inserts have an identifier', async () => {
      const racers = times(scaled(50, volume), () => aScript({ codeIdentifier: 'only-one' }));
      const results = await Promise.allSettled(racers.map((script) => scripts().insert(script, anAuditEvent())));
      const lost = results.filter((result) => result.status === 'rejected');
      expect(lost).toHaveLength(racers.length - 1);
      expect(lost.every(({ reason }) => isDomainError(reason, 'script.identifier-taken'))).toBe(true);
      expect(await allOf(scripts().list())).toHaveLength(1);
    });

    it('updates the script that has the expected revision', async () => {
      const script = aScript();
      const bystander = aScript();
      await scripts().insert(script, anAuditEvent());
      await scripts().insert(bystander, anAuditEvent());
      const next = aScript({
        ...script,
        name: 'Renamed',
        codeIdentifier: 'renamed',
        description: '',
        type: 'node',
        runner: 'vm2',
        script: '1 + 1',
        defaultWorkingDirectory: '',
        env: [{ key: 'B', value: '2' }],
        timeoutMs: null,
        enabled: false,
        confirm: true,
        revision: 2,
        updatedAt: at(60),
      });
      expect(await scripts().update(next, 1, anAuditEvent())).toBe(true);
      expect(await scripts().find(script.id)).toEqual(next);
      expect(await scripts().findByIdentifier(script.codeIdentifier)).toBeNull();
      expect(await scripts().find(bystander.id)).toEqual(bystander);
    });

    it('takes revision 0 for a script that Runlet never saved', async () => {
      const script = aScript({ revision: 0 });
      await scripts().insert(script, anAuditEvent());
      expect(await scripts().update({ ...script, revision: 2 }, 1, anAuditEvent())).toBe(false);
      expect(await scripts().update({ ...script, revision: 1 }, 0, anAuditEvent())).toBe(true);
      expect(await scripts().update({ ...script, revision: 1 }, 0, anAuditEvent())).toBe(false);
    });

    it('stores no update of a script that is gone or has another revision', async () => {
      const script = aScript({ revision: 5 });
      await scripts().insert(script, anAuditEvent());
      for (const expected of [4, 6, 0]) {
        expect(
          await scripts().update({ ...script, name: 'Late', revision: expected + 1 }, expected, anAuditEvent()),
        ).toBe(false);
      }
      expect(await scripts().find(script.id)).toEqual(script);
      const gone = aScript();
      expect(await scripts().update(gone, 1, anAuditEvent())).toBe(false);
      expect(await scripts().update(gone, 0, anAuditEvent())).toBe(false);
      expect(await allOf(scripts().list())).toEqual([script]);
    });

    it('stores no update to an identifier that another script has', async () => {
      const first = aScript({ codeIdentifier: 'first' });
      const second = aScript({ codeIdentifier: 'second' });
      await scripts().insert(first, anAuditEvent());
      await scripts().insert(second, anAuditEvent());
      await expectTaken(scripts().update({ ...second, codeIdentifier: 'first', revision: 2 }, 1, anAuditEvent()));
      expect(await scripts().find(second.id)).toEqual(second);
      expect(await scripts().findByIdentifier('first')).toEqual(first);
    });

    it('lets exactly one of many racing updates win', async () => {
      const script = aScript();
      await scripts().insert(script, anAuditEvent());
      const racers = times(scaled(50, volume), (n) => ({ ...script, name: `Racer ${n}`, revision: 2 }));
      const won = await Promise.all(racers.map((racer) => scripts().update(racer, 1, anAuditEvent())));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await scripts().find(script.id)).toEqual(racers[won.indexOf(true)]);
    });

    it('deletes once and frees the identifier', async () => {
      const script = aScript({ codeIdentifier: 'backup' });
      const bystander = aScript();
      await scripts().insert(script, anAuditEvent());
      await scripts().insert(bystander, anAuditEvent());
      const answers = await Promise.all(times(scaled(10, volume), () => scripts().delete(script.id, anAuditEvent())));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await scripts().find(script.id)).toBeNull();
      expect(await scripts().delete(newId(), anAuditEvent())).toBe(false);
      expect(await allOf(scripts().list())).toEqual([bystander]);
      const heir = aScript({ codeIdentifier: 'backup' });
      await scripts().insert(heir, anAuditEvent());
      expect(await scripts().findByIdentifier('backup')).toEqual(heir);
    });
  });
};

const expectTaken = async (write: Promise<unknown>): Promise<void> => {
  await expect(write).rejects.toMatchObject({ name: 'DomainError', code: 'script.identifier-taken' });
};

const spoil = (script: Script): void => {
  Object.assign(script, { name: 'spoilt', enabled: !script.enabled });
  (script.env as { key: string; value: string }[]).push({ key: 'SPOILT', value: '1' });
  Object.assign(script.env[0] ?? {}, { value: 'spoilt' });
  script.updatedAt.setFullYear(1999);
  script.createdAt.setFullYear(1999);
};
