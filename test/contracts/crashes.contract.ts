import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/application/ports/store.js';
import type { AuditEvent } from '../../src/domain/audit/audit-event.js';
import { runStarted } from '../../src/domain/audit/run-started.js';
import type { EnvEntry } from '../../src/domain/script/env-entry.js';
import { revisionOf } from '../../src/domain/script/script.js';
import { aRun, aScript, anAuditEvent, at } from './samples.js';
import { allOf } from '../support/all-of.js';

export interface CrashScenario {
  readonly prepare: (store: Store) => Promise<unknown>;
  /** What is broken off. It may reject. */
  readonly change: (store: Store) => Promise<unknown>;
  /** @param store as the next process finds it, before it is mended */
  readonly meanwhile?: (store: Store) => Promise<void>;
  /** @param store as the next process finds it, mended. @param completed the change was not broken off */
  readonly check: (store: Store, completed: boolean) => Promise<void>;
}

/**
 * Goes through the scenario again and again, each time on an empty store: its process dies before the first write of the change, before the
 * second, and so on, until the change is completed.
 * @returns how often it died
 */
export type CrashEverywhere = (scenario: CrashScenario) => Promise<number>;

/** That a crash after any write leaves a change with its event or none of both, once the store was mended. */
export const describeCrashes = (adapter: string, crashEverywhere: CrashEverywhere): void => {
  describe(`A process that dies in the midst of a change: ${adapter}`, () => {
    const secret: EnvEntry = { key: 'TOKEN', secret: true, sealed: { keyId: 'k', ciphertext: 'c2VhbGVk', bytes: 6 } };
    const script = aScript({ env: [secret] });
    const saved = { ...script, name: 'Later', script: 'echo 2', revision: 2, updatedAt: at(5) };
    const run = aRun();
    const created = anAuditEvent({ action: 'scripts.create' });
    const event = anAuditEvent();
    const insert = (store: Store) => store.scripts.insert(script, created);

    const trail = async (store: Store) => (await store.audit.list({ limit: 10 })).items;
    const secrets = async (store: Store) => [
      ...(await store.sealedValues.list('scripts')),
      ...(await store.sealedValues.list('revisions')),
    ];
    const died = async (scenario: CrashScenario) => expect(await crashEverywhere(scenario)).toBeGreaterThan(0);
    /** Either all of the change is there or nothing. */
    const oneOf = async (store: Store, completed: boolean, { before, after, events }: Expected) => {
      const done = (await trail(store)).some(({ id }) => id === event.id);
      if (completed) expect(done).toBe(true);
      await (done ? after : before)();
      expect(await trail(store)).toEqual([...(done ? [event] : []), ...events]);
    };
    interface Expected {
      readonly before: () => Promise<void>;
      readonly after: () => Promise<void>;
      readonly events: readonly AuditEvent[];
    }

    it('a new script', async () => {
      await died({
        prepare: async () => undefined,
        change: (store) => store.scripts.insert(script, event),
        check: (store, completed) =>
          oneOf(store, completed, {
            before: async () => {
              expect(await allOf(store.scripts.list())).toEqual([]);
              expect(await secrets(store)).toEqual([]);
            },
            after: async () => {
              expect(await allOf(store.scripts.list())).toEqual([script]);
              expect(await store.revisions.find(script.id, 1)).toEqual(revisionOf(script));
            },
            events: [],
          }),
      });
    });

    it('a saved script', async () => {
      await died({
        prepare: insert,
        change: (store) => store.scripts.update(saved, 1, event),
        check: (store, completed) =>
          oneOf(store, completed, {
            before: async () => {
              expect(await allOf(store.scripts.list())).toEqual([script]);
              expect(await store.revisions.find(script.id, 2)).toBeNull();
            },
            after: async () => {
              expect(await allOf(store.scripts.list())).toEqual([saved]);
              expect(await store.revisions.find(script.id, 1)).toEqual(revisionOf(script));
              expect(await store.revisions.find(script.id, 2)).toEqual(revisionOf(saved));
            },
            events: [created],
          }),
      });
    });

    it('a script that gets its first revision', async () => {
      const first = { ...script, revision: 1 };
      await died({
        prepare: (store) => store.scripts.insert({ ...script, revision: 0 }, created),
        change: (store) => store.scripts.update(first, 0, null),
        check: async (store, completed) => {
          const [found] = await allOf(store.scripts.list());
          if (completed) expect(found).toEqual(first);
          expect(await store.revisions.find(script.id, 1)).toEqual(found?.revision === 1 ? revisionOf(first) : null);
          expect(await trail(store)).toEqual([created]);
        },
      });
    });

    it('a deleted script, with the secrets of all its revisions', async () => {
      await died({
        prepare: async (store) => {
          await insert(store);
          await store.scripts.update(saved, 1, created);
        },
        change: (store) => store.scripts.delete(script.id, event),
        meanwhile: async (store) => {
          const found = await store.scripts.find(script.id);
          const { id, codeIdentifier } = script;
          expect(await store.scripts.isEnabled(id)).toBe(found !== null);
          expect(await allOf(store.scripts.list())).toEqual(found ? [saved] : []);
          expect(await store.scripts.findByIdentifier(codeIdentifier)).toEqual(found);
          expect(await store.sealedValues.list('scripts')).toHaveLength(found ? 1 : 0);
          if (found) return;
          const heir = aScript({ codeIdentifier });
          await store.scripts.insert(heir, created);
          expect(await store.scripts.delete(heir.id, created)).toBe(true);
        },
        check: (store, completed) =>
          oneOf(store, completed, {
            before: async () => {
              expect(await allOf(store.scripts.list())).toEqual([saved]);
              expect(await store.revisions.find(script.id, 1)).toEqual(revisionOf(script));
              expect(await store.revisions.find(script.id, 2)).toEqual(revisionOf(saved));
            },
            after: async () => {
              expect(await allOf(store.scripts.list())).toEqual([]);
              expect(await store.scripts.isEnabled(script.id)).toBe(false);
              expect(await store.scripts.findByIdentifier(script.codeIdentifier)).toBeNull();
              expect(await store.revisions.find(script.id, 1)).toBeNull();
              expect(await secrets(store)).toEqual([]);
            },
            events: [created],
          }),
      });
    });

    it('a run that is started', async () => {
      await died({
        prepare: async () => undefined,
        change: (store) => store.runs.insert(run, runStarted(run)),
        check: async (store, completed) => {
          const found = await store.runs.find(run.id);
          if (completed) expect(found).toEqual(run);
          expect(await trail(store)).toEqual(found ? [runStarted(run)] : []);
        },
      });
    });

    it('a run that another server takes over from the queue, with and without a request to cancel it', async () => {
      for (const cancel of [null, { at: at(5), by: { type: 'admin', name: 'admin' } } as const]) {
        await died({
          prepare: (store) => store.runs.insert(run, created),
          change: (store) => store.runs.adopt(run.id, { from: 'server-1', to: 'server-2', cancel }, at(6), event),
          check: (store, completed) =>
            oneOf(store, completed, {
              before: async () => expect(await store.runs.find(run.id)).toEqual(run),
              after: async () =>
                expect(await store.runs.find(run.id)).toMatchObject({ claim: { owner: 'server-2' }, meta: { cancel } }),
              events: [created],
            }),
        });
      }
    });

    it('a run that is to be canceled', async () => {
      const cancel = { at: at(5), by: { type: 'admin', name: 'admin' } } as const;
      await died({
        prepare: (store) => store.runs.insert(run, created),
        change: (store) => store.runs.requestCancel(run.id, cancel, event),
        check: (store, completed) =>
          oneOf(store, completed, {
            before: async () => expect(await store.runs.find(run.id)).toEqual(run),
            after: async () => expect(await store.runs.find(run.id)).toMatchObject({ meta: { cancel } }),
            events: [created],
          }),
      });
    });
  });
};
