import { describe, expect, it } from '@jest/globals';
import type { Script, ScriptRevision } from '../../src/domain/script/script.js';
import { aScript, at, newId } from './samples.js';
import { scaled, times, useStore, type ContractOptions, type OpenStore } from './store-under-test.js';

export const describeScriptRevisionRepository = (
  adapter: string,
  open: OpenStore,
  { volume }: ContractOptions = {},
): void => {
  describe(`ScriptRevisionRepository: ${adapter}`, () => {
    const store = useStore(open);
    const revisions = () => store().revisions;

    it('gives back exactly what was saved', async () => {
      const first = aRevision(aScript());
      const second = aRevision({ ...first.script, name: 'Later', script: 'echo 2', env: [], revision: 2 });
      await revisions().saveOnce(first);
      await revisions().saveOnce(second);
      expect(await revisions().find(first.scriptId, 1)).toEqual(first);
      expect(await revisions().find(first.scriptId, 2)).toEqual(second);
    });

    it('answers null for what is not there', async () => {
      const saved = aRevision(aScript());
      await revisions().saveOnce(saved);
      expect(await revisions().find(saved.scriptId, 2)).toBeNull();
      expect(await revisions().find(newId(), 1)).toBeNull();
    });

    it('never changes a revision that is saved', async () => {
      const saved = aRevision(aScript());
      await revisions().saveOnce(saved);
      await revisions().saveOnce({ ...aRevision({ ...saved.script, script: 'rm -rf /' }), savedAt: at(99) });
      expect(await revisions().find(saved.scriptId, 1)).toEqual(saved);
    });

    it('keeps exactly one of many racing saves, and refuses none of them', async () => {
      const script = aScript();
      const racers = times(scaled(30, volume), (n) => aRevision({ ...script, name: `Racer ${n}` }));
      await Promise.all(racers.map((racer) => revisions().saveOnce(racer)));
      const kept = await revisions().find(script.id, 1);
      expect(racers).toContainEqual(kept);
      await revisions().saveOnce(aRevision({ ...script, name: 'Late' }));
      expect(await revisions().find(script.id, 1)).toEqual(kept);
    });

    it('never shares state with its callers', async () => {
      const saved = aRevision(aScript());
      const before = structuredClone(saved);
      await revisions().saveOnce(saved);
      spoil(saved);
      const read = await revisions().find(before.scriptId, 1);
      expect(read).toEqual(before);
      spoil(read!);
      expect(await revisions().find(before.scriptId, 1)).toEqual(before);
    });

    it('deletes all revisions of one script and no other', async () => {
      const script = aScript();
      const other = aRevision(aScript());
      for (const revision of [1, 2, 3]) await revisions().saveOnce(aRevision({ ...script, revision }));
      await revisions().saveOnce(other);
      await revisions().deleteAll(script.id);
      for (const revision of [1, 2, 3]) expect(await revisions().find(script.id, revision)).toBeNull();
      expect(await revisions().find(other.scriptId, 1)).toEqual(other);
      await revisions().deleteAll(newId());
    });
  });
};

const aRevision = (script: Script): ScriptRevision => ({
  scriptId: script.id,
  revision: script.revision,
  savedAt: at(7),
  script,
});

const spoil = ({ savedAt, script }: ScriptRevision): void => {
  savedAt.setFullYear(1999);
  Object.assign(script, { script: 'spoilt' });
  Object.assign(script.env[0] ?? {}, { value: 'spoilt' });
};
