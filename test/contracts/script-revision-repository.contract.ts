import { describe, expect, it } from '@jest/globals';
import { revisionOf, type Script, type ScriptRevision } from '../../src/domain/script/script.js';
import { anAuditEvent, aScript, at, newId } from './samples.js';
import { scaled, times, useStore, type ContractOptions, type OpenStore } from './store-under-test.js';

export const describeScriptRevisionRepository = (
  adapter: string,
  open: OpenStore,
  { volume }: ContractOptions = {},
): void => {
  describe(`ScriptRevisionRepository: ${adapter}`, () => {
    const store = useStore(open);
    const revisions = () => store().revisions;

    /** A script whose revision 1 is stored. */
    const inserted = async (given: Partial<Script> = {}) => {
      const script = aScript(given);
      await store().scripts.insert(script, anAuditEvent());
      return script;
    };

    it('gives back exactly what was saved', async () => {
      const script = await inserted();
      const second = aRevision({ ...script, name: 'Later', script: 'echo 2', env: [], revision: 2 });
      await revisions().saveOnce(second);
      expect(await revisions().find(script.id, 1)).toEqual(revisionOf(script));
      expect(await revisions().find(script.id, 2)).toEqual(second);
    });

    it('answers null for what is not there', async () => {
      const script = await inserted();
      expect(await revisions().find(script.id, 2)).toBeNull();
      expect(await revisions().find(newId(), 1)).toBeNull();
    });

    it('never changes a revision that is saved', async () => {
      const script = await inserted();
      await revisions().saveOnce({ ...aRevision({ ...script, script: 'rm -rf /' }), savedAt: at(99) });
      expect(await revisions().find(script.id, 1)).toEqual(revisionOf(script));
    });

    it('keeps exactly one of many racing saves, and refuses none of them', async () => {
      const script = await inserted();
      const racers = times(scaled(30, volume), (n) => aRevision({ ...script, name: `Racer ${n}`, revision: 2 }));
      await Promise.all(racers.map((racer) => revisions().saveOnce(racer)));
      const kept = await revisions().find(script.id, 2);
      expect(racers).toContainEqual(kept);
      await revisions().saveOnce(aRevision({ ...script, name: 'Late', revision: 2 }));
      expect(await revisions().find(script.id, 2)).toEqual(kept);
    });

    it('never shares state with its callers', async () => {
      const saved = aRevision({ ...(await inserted()), revision: 2 });
      const before = structuredClone(saved);
      await revisions().saveOnce(saved);
      spoil(saved);
      const read = await revisions().find(before.scriptId, 2);
      expect(read).toEqual(before);
      spoil(read!);
      expect(await revisions().find(before.scriptId, 2)).toEqual(before);
    });

    it('keeps nothing of a script that is gone', async () => {
      const script = await inserted();
      await store().scripts.delete(script.id, anAuditEvent());
      for (const late of [aRevision(script), aRevision({ ...script, revision: 2 }), aRevision(aScript())]) {
        await revisions().saveOnce(late);
        expect(await revisions().find(late.scriptId, late.revision)).toBeNull();
      }
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
