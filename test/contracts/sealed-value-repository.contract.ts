import { describe, expect, it } from '@jest/globals';
import type { EnvEntry, SealedValue } from '../../src/domain/script/env-entry.js';
import { revisionOf } from '../../src/domain/script/script.js';
import { anAuditEvent, aScript } from './samples.js';
import { useStore, type OpenStore } from './store-under-test.js';

const sealed = (ciphertext: string): SealedValue => ({ keyId: 'one', ciphertext, bytes: 7 });
const secret = (key: string, ciphertext: string): EnvEntry => ({ key, secret: true, sealed: sealed(ciphertext) });
const plain = { key: 'PLAIN', value: 'is "sealed": not' };

export const describeSealedValueRepository = (adapter: string, open: OpenStore): void => {
  describe(`SealedValueRepository: ${adapter}`, () => {
    const store = useStore(open);

    const insert = async (env: readonly EnvEntry[]) => {
      const script = aScript({ env });
      await store().scripts.insert(script, anAuditEvent());
      return { script, revision: revisionOf(script) };
    };

    it('lists what is sealed in scripts, and in revisions', async () => {
      const { script } = await insert([plain, secret('A', 'aa=='), secret('B', 'bb==')]);
      await insert([plain]);
      const found = (revision: number | null) =>
        ['A', 'B'].map((key, i) => ({
          scriptId: script.id,
          scriptName: script.name,
          revision,
          index: i + 1,
          key,
          sealed: sealed(['aa==', 'bb=='][i] ?? ''),
        }));
      expect(await store().sealedValues.list('scripts')).toEqual(found(null));
      expect(await store().sealedValues.list('revisions')).toEqual(found(1));
    });

    it('puts another value in place of one, in one place, and changes nothing else', async () => {
      const { script, revision } = await insert([plain, secret('A', 'aa=='), secret('B', 'bb==')]);
      const next = { keyId: 'two', ciphertext: 'cc==', bytes: 7 };
      const [inScript] = await store().sealedValues.list('scripts');
      expect(await store().sealedValues.replace(inScript!, next)).toBe(true);
      const env = [plain, { key: 'A', secret: true, sealed: next }, secret('B', 'bb==')];
      expect(await store().scripts.find(script.id)).toEqual({ ...script, env });
      expect(await store().revisions.find(script.id, 1)).toEqual(revision);

      const [, inRevision] = await store().sealedValues.list('revisions');
      expect(await store().sealedValues.replace(inRevision!, next)).toBe(true);
      const changed = { ...script, env: [plain, secret('A', 'aa=='), { key: 'B', secret: true, sealed: next }] };
      expect(await store().revisions.find(script.id, 1)).toEqual({ ...revision, script: changed });
      expect(await store().scripts.find(script.id)).toEqual({ ...script, env });
    });

    it('leaves alone what is another value by now', async () => {
      const { script } = await insert([secret('A', 'aa==')]);
      const [inScript] = await store().sealedValues.list('scripts');
      const saved = { ...script, env: [secret('A', 'new=')], revision: 2 };
      await store().scripts.update(saved, 1, anAuditEvent());
      expect(await store().sealedValues.replace(inScript!, sealed('late'))).toBe(false);
      expect(await store().scripts.find(script.id)).toEqual(saved);
    });

    it('lists and changes nothing of a script that was deleted', async () => {
      const { script } = await insert([secret('A', 'aa==')]);
      const all = async () => [
        ...(await store().sealedValues.list('scripts')),
        ...(await store().sealedValues.list('revisions')),
      ];
      const found = await all();
      expect(found).toHaveLength(2);
      await store().scripts.delete(script.id, anAuditEvent());
      for (const each of found) expect(await store().sealedValues.replace(each, sealed('late'))).toBe(false);
      expect(await all()).toEqual([]);
    });
  });
};
