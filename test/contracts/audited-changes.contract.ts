import { describe, expect, it } from '@jest/globals';
import type { AuditEvent } from '../../src/domain/audit/audit-event.js';
import { runStarted } from '../../src/domain/audit/run-started.js';
import type { CancelRequest, ScriptRun } from '../../src/domain/run/script-run.js';
import { revisionOf, type Script } from '../../src/domain/script/script.js';
import { aRun, aScript, aSuccess, anAuditEvent, at, newId } from './samples.js';
import { scaled, times, useStore, type ContractOptions, type OpenStore } from './store-under-test.js';
import { allOf } from '../support/all-of.js';

/** That a change, its revision and its event are stored together. */
export const describeAuditedChanges = (adapter: string, open: OpenStore, { volume }: ContractOptions = {}): void => {
  describe(`Changes and their audit events: ${adapter}`, () => {
    const store = useStore(open);
    const trail = async () => (await store().audit.list({ limit: 200 })).items;
    const expectTrail = async (...events: AuditEvent[]) => expect(await trail()).toEqual([...events].reverse());
    const revisionsOf = async ({ id }: Script, upTo = 3) =>
      Promise.all(times(upTo, (n) => store().revisions.find(id, n + 1)));
    const inserted = async (given: Partial<Script> = {}) => {
      const script = aScript(given);
      const event = anAuditEvent({ action: 'scripts.create' });
      await store().scripts.insert(script, event);
      return { script, event };
    };
    const insertedRun = async (given: Parameters<typeof aRun>[0] = {}) => {
      const run = aRun(given);
      await store().runs.insert(run, runStarted(run));
      return { run, event: runStarted(run) };
    };

    it('a new script has its first revision and its event', async () => {
      const { script, event } = await inserted();
      await expectTrail(event);
      expect(await revisionsOf(script)).toEqual([revisionOf(script), null, null]);
    });

    it('a new script that is refused has neither', async () => {
      const { event } = await inserted({ codeIdentifier: 'backup' });
      const refused = aScript({ codeIdentifier: 'backup' });
      await expect(store().scripts.insert(refused, anAuditEvent())).rejects.toThrow();
      await expectTrail(event);
      expect(await revisionsOf(refused)).toEqual([null, null, null]);
    });

    it('a saved script has another revision and another event', async () => {
      const { script, event } = await inserted();
      const saved = { ...script, name: 'Later', revision: 2, updatedAt: at(5) };
      const update = anAuditEvent();
      expect(await store().scripts.update(saved, 1, update)).toBe(true);
      await expectTrail(event, update);
      expect(await revisionsOf(script)).toEqual([revisionOf(script), revisionOf(saved), null]);
    });

    it('an update that nobody asked for has a revision and no event', async () => {
      const { script, event } = await inserted({ revision: 0 });
      const saved = { ...script, revision: 1 };
      expect(await store().scripts.update(saved, 0, null)).toBe(true);
      await expectTrail(event);
      expect(await revisionsOf(script)).toEqual([revisionOf(saved), null, null]);
    });

    it('an update that is refused has neither', async () => {
      const { event } = await inserted({ codeIdentifier: 'first' });
      const { script, event: second } = await inserted();
      const saved = { ...script, revision: 2 };
      expect(await store().scripts.update(saved, 2, anAuditEvent())).toBe(false);
      expect(await store().scripts.update({ ...saved, id: newId() }, 1, anAuditEvent())).toBe(false);
      const taken = store().scripts.update({ ...saved, codeIdentifier: 'first' }, 1, anAuditEvent());
      await expect(taken).rejects.toMatchObject({ code: 'script.identifier-taken' });
      await expectTrail(event, second);
      expect(await revisionsOf(script)).toEqual([revisionOf(script), null, null]);
    });

    it('of many racing updates one has its revision and its event', async () => {
      const { script, event } = await inserted();
      const racers = times(scaled(40, volume), (n) => ({
        script: { ...script, name: `Racer ${n}`, revision: 2, updatedAt: at(n) },
        event: anAuditEvent(),
      }));
      const won = await Promise.all(racers.map((racer) => store().scripts.update(racer.script, 1, racer.event)));
      const winner = racers[won.indexOf(true)]!;
      expect(won.filter(Boolean)).toHaveLength(1);
      await expectTrail(event, winner.event);
      expect(await revisionsOf(script)).toEqual([revisionOf(script), revisionOf(winner.script), null]);
    });

    it('many updates one after the other, by several at once, leave no revision and no event out', async () => {
      const { script, event } = await inserted();
      const saves = scaled(30, volume) * 2;
      const events: AuditEvent[] = [];
      const save = async (revision: number): Promise<void> => {
        const update = anAuditEvent();
        const next = { ...script, name: `Save ${revision}`, revision, updatedAt: at(revision) };
        while (!(await store().scripts.update(next, revision - 1, update))) await new Promise(setImmediate);
        events.push(update);
      };
      await Promise.all(times(saves, (n) => save(n + 2)));
      expect(new Set((await trail()).map(({ id }) => id))).toEqual(new Set([event, ...events].map(({ id }) => id)));
      expect(await trail()).toHaveLength(saves + 1);
      const revisions = await revisionsOf(script, saves + 1);
      expect(revisions.map((each) => each?.script.name)).toEqual([
        script.name,
        ...times(saves, (n) => `Save ${n + 2}`),
      ]);
    });

    it('a deleted script leaves its event and none of its revisions', async () => {
      const { script, event } = await inserted();
      const { script: other, event: third } = await inserted();
      const update = anAuditEvent();
      await store().scripts.update({ ...script, revision: 2 }, 1, update);
      const deletion = anAuditEvent({ action: 'scripts.delete' });
      expect(await store().scripts.delete(script.id, deletion)).toBe(true);
      await expectTrail(event, third, update, deletion);
      expect(await revisionsOf(script)).toEqual([null, null, null]);
      expect(await revisionsOf(other)).toEqual([revisionOf(other), null, null]);
    });

    it('of many racing deletions one has its event; what is not there has none', async () => {
      const { script, event } = await inserted();
      const deletions = times(scaled(20, volume), () => anAuditEvent({ action: 'scripts.delete' }));
      const won = await Promise.all(deletions.map((deletion) => store().scripts.delete(script.id, deletion)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store().scripts.delete(script.id, anAuditEvent())).toBe(false);
      await expectTrail(event, deletions[won.indexOf(true)]!);
    });

    it('a deletion and updates that race leave no revision behind', async () => {
      for (let round = 0; round < scaled(10, volume); round++) {
        const { script } = await inserted();
        const next = (revision: number) => ({ ...script, revision });
        const [updated, deleted] = await Promise.all([
          store().scripts.update(next(2), 1, anAuditEvent({ changes: ['round', String(round)] })),
          store().scripts.delete(script.id, anAuditEvent({ action: 'scripts.delete' })),
          store().revisions.saveOnce(revisionOf(script)),
        ]);
        expect(deleted).toBe(true);
        expect(await store().scripts.find(script.id)).toBeNull();
        expect(await revisionsOf(script)).toEqual([null, null, null]);
        const updates = (await trail()).filter(({ changes }) => changes[0] === 'round' && changes[1] === String(round));
        expect(updates).toHaveLength(updated ? 1 : 0);
      }
    });

    it('a run has the event of its start, once', async () => {
      const { run, event } = await insertedRun();
      expect(await store().runs.insert({ ...run, trigger: 'manual' }, { ...event, id: newId() })).toBe(false);
      await expectTrail(event);
      const id = newId();
      const racers = times(scaled(20, volume), () => ({ run: aRun({ id }), event: anAuditEvent() }));
      const won = await Promise.all(racers.map((racer) => store().runs.insert(racer.run, racer.event)));
      await expectTrail(event, racers[won.indexOf(true)]!.event);
    });

    it('a request to cancel has its event, and so has each one after it', async () => {
      for (const started of [false, true]) {
        const { run, event } = await insertedRun();
        if (started) await store().runs.claim(run.id, TOKEN, at(1));
        const asked = times(3, () => anAuditEvent({ action: 'scripts.cancel', runId: run.id }));
        for (const request of asked) await store().runs.requestCancel(run.id, CANCEL, request);
        expect(await trailOf(run)).toEqual([...asked].reverse());
        expect(await trail()).toContainEqual(event);
      }
    });

    it('a request to cancel what has ended, or is not there, has none', async () => {
      const ended = aSuccess(5);
      await store().runs.insert(ended, runStarted(ended));
      await store().runs.requestCancel(ended.id, CANCEL, anAuditEvent());
      await store().runs.requestCancel(newId(), CANCEL, anAuditEvent());
      await expectTrail(runStarted(ended));
    });

    it('of many racing requests to cancel each has its event', async () => {
      const { run } = await insertedRun();
      const requests = times(scaled(30, volume), (n) =>
        anAuditEvent({ at: at(n), action: 'scripts.cancel', runId: run.id }),
      );
      await Promise.all(requests.map((request) => store().runs.requestCancel(run.id, CANCEL, request)));
      expect(await trailOf(run)).toEqual([...requests].reverse());
    });

    it('a run that another server takes over from the queue has the event of that; one that is refused has none', async () => {
      const { run, event } = await insertedRun();
      const { run: other, event: second } = await insertedRun();
      const adoption = { from: 'server-1', to: 'server-2', cancel: null };
      const [taken, canceled] = [anAuditEvent({ at: at(1) }), anAuditEvent({ at: at(2) })];
      expect(await store().runs.adopt(run.id, adoption, at(1), taken)).not.toBeNull();
      expect(await store().runs.adopt(run.id, adoption, at(1), anAuditEvent())).toBeNull();
      expect(await store().runs.adopt(other.id, { ...adoption, cancel: CANCEL }, at(2), canceled)).not.toBeNull();
      await expectTrail(event, second, taken, canceled);
    });

    it('mending what is whole changes nothing', async () => {
      const { script } = await inserted();
      await store().scripts.update({ ...script, revision: 2 }, 1, anAuditEvent());
      const { run } = await insertedRun({ scriptId: script.id });
      await store().runs.requestCancel(run.id, CANCEL, anAuditEvent());
      const all = async () => [
        await allOf(store().scripts.list()),
        await revisionsOf(script),
        await store().runs.find(run.id),
        await trail(),
      ];
      const before = await all();
      await store().mend();
      await store().mend();
      expect(await all()).toEqual(before);
    });

    const trailOf = async ({ id }: ScriptRun) =>
      (await trail()).filter(({ action, runId }) => action === 'scripts.cancel' && runId === id);
  });
};

const TOKEN = '0123456789abcdef0123456789abcdef';
const CANCEL: CancelRequest = { at: at(5), by: { type: 'admin', name: 'admin' } };
