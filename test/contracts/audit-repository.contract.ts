import { describe, expect, it } from '@jest/globals';
import type { AuditQuery } from '../../src/application/ports/audit-repository.js';
import type { AuditEvent } from '../../src/domain/audit/audit-event.js';
import { anAuditEvent, anAuthFailure, at, newId } from './samples.js';
import { scaled, times, useStore, type ContractOptions, type OpenStore } from './store-under-test.js';

export const describeAuditRepository = (adapter: string, open: OpenStore, { volume }: ContractOptions = {}): void => {
  describe(`AuditRepository: ${adapter}`, () => {
    const store = useStore(open);
    const audit = () => store().audit;
    const all = async (query: Partial<AuditQuery> = {}) => (await audit().list({ limit: 200, ...query })).items;
    const append = async (...events: AuditEvent[]) => {
      for (const event of events) await audit().append(event);
    };

    it('gives back exactly what was appended', async () => {
      const full = anAuditEvent({ at: at(2), runId: newId(), code: 'script.disabled', outcome: 'failure' });
      const bare = anAuditEvent({ at: at(1), entity: null, address: null, changes: [] });
      const refused = anAuditEvent({ at: at(0), entity: { type: 'script', id: null, name: null }, outcome: 'denied' });
      await append(full, bare, refused);
      expect(await audit().list({ limit: 10 })).toEqual({ items: [full, bare, refused], next: null });
    });

    it('stores an event once, as it was first', async () => {
      const event = anAuditEvent();
      await append(event, { ...event, outcome: 'failure', count: 7 });
      await Promise.all(times(scaled(10, volume), () => audit().append(event)));
      expect(await all()).toEqual([event]);
    });

    it('never shares state with its callers', async () => {
      const event = anAuditEvent();
      const before = structuredClone(event);
      await append(event);
      spoil(event);
      const [read] = await all();
      expect(read).toEqual(before);
      spoil(read!);
      expect(await all()).toEqual([before]);
    });

    it('lists by time, then by id, newest first', async () => {
      const [a, b, c, d] = [at(5), at(9), at(5), at(1)].map((when) => anAuditEvent({ at: when })) as [
        AuditEvent,
        AuditEvent,
        AuditEvent,
        AuditEvent,
      ];
      await append(c, a, d, b);
      expect(await all()).toEqual([b, c, a, d]);
    });

    it('filters by each field and by all together', async () => {
      const entityId = newId();
      const wanted = anAuditEvent({
        at: at(10),
        action: 'scripts.run',
        actor: { type: 'user', name: 'ines' },
        outcome: 'failure',
        entity: { type: 'script', id: entityId, name: 'Backup' },
      });
      const others = [
        { ...wanted, id: newId(), action: 'scripts.delete' as const },
        { ...wanted, id: newId(), actor: { type: 'user', name: 'ine' } as const },
        { ...wanted, id: newId(), outcome: 'denied' as const },
        { ...wanted, id: newId(), entity: { type: 'script', id: newId(), name: 'Backup' } as const },
        { ...wanted, id: newId(), entity: null },
        { ...wanted, id: newId(), at: at(99) },
      ];
      await append(wanted, ...others);
      const without = (n: number) => [wanted, ...others].filter((event) => event !== others[n]).map(({ id }) => id);
      const ids = async (query: Partial<AuditQuery>) => (await all(query)).map(({ id }) => id).sort();
      expect(await ids({ action: 'scripts.run' })).toEqual(without(0).sort());
      expect(await ids({ actor: 'ines' })).toEqual(without(1).sort());
      expect(await ids({ outcome: 'failure' })).toEqual(without(2).sort());
      expect(await ids({ entityId })).toEqual(
        without(3)
          .filter((id) => id !== others[4]?.id)
          .sort(),
      );
      expect(await ids({ to: at(99) })).toEqual(without(5).sort());
      const every = { action: 'scripts.run', actor: 'ines', outcome: 'failure', entityId, to: at(11) } as const;
      expect(await all(every)).toEqual([wanted]);
      expect(await all({ actor: 'nobody' })).toEqual([]);
    });

    it('takes `from` as inclusive and `to` as exclusive', async () => {
      const events = [0, 1, 2, 3].map((second) => anAuditEvent({ at: at(second) }));
      await append(...events);
      const ids = async (query: Partial<AuditQuery>) =>
        (await all(query)).map((event) => events.map(({ id }) => id).indexOf(event.id));
      expect(await ids({ from: at(1) })).toEqual([3, 2, 1]);
      expect(await ids({ to: at(2) })).toEqual([1, 0]);
      expect(await ids({ from: at(1), to: at(3) })).toEqual([2, 1]);
      expect(await ids({ from: at(2), to: at(2) })).toEqual([]);
    });

    it('pages through equal times without loss or repetition, while new events arrive', async () => {
      const events = times(23, (n) => anAuditEvent({ at: at(Math.floor(n / 10)) }));
      await append(...events);
      const seen: AuditEvent[] = [];
      let page = await audit().list({ limit: 5, action: 'scripts.update' });
      for (;;) {
        seen.push(...page.items);
        if (!page.next) break;
        expect(page.items).toHaveLength(5);
        await append(anAuditEvent({ at: at(50) }));
        page = await audit().list({ limit: 5, action: 'scripts.update', cursor: page.next });
      }
      expect(seen).toEqual([...events].reverse());
    });

    it('knows a last page that is full', async () => {
      await append(...times(6, () => anAuditEvent()));
      const first = await audit().list({ limit: 3 });
      expect(first.next).not.toBeNull();
      const second = await audit().list({ limit: 3, cursor: first.next! });
      expect(second.items).toHaveLength(3);
      expect(second.next).toBeNull();
    });

    it('counts the wrong passwords of one address and minute in one event', async () => {
      const first = anAuthFailure({ at: at(0.5) });
      await audit().countAuthFailure(first);
      await audit().countAuthFailure(anAuthFailure({ at: at(20) }));
      await audit().countAuthFailure(anAuthFailure({ at: at(59.999) }));
      expect(await all()).toEqual([{ ...first, count: 3 }]);
    });

    it('counts other addresses, other minutes and no address at all apart', async () => {
      const failures = [
        anAuthFailure({ at: at(59.999) }),
        anAuthFailure({ at: at(60) }),
        anAuthFailure({ at: at(61), address: '192.0.2.8' }),
        anAuthFailure({ at: at(62), address: null }),
      ];
      for (const failure of failures) await audit().countAuthFailure(failure);
      expect(await all()).toEqual([...failures].reverse());
      await audit().countAuthFailure(anAuthFailure({ at: at(63), address: null }));
      expect((await all()).map(({ count }) => count)).toEqual([2, 1, 1, 1]);
    });

    it('loses none of many racing wrong passwords', async () => {
      const n = scaled(60, volume);
      await Promise.all(times(n, (i) => audit().countAuthFailure(anAuthFailure({ at: at(i % 30) }))));
      const events = await all({ action: 'auth.failure' });
      expect(events).toHaveLength(1);
      expect(events[0]?.count).toBe(n);
    });

    it('leaves events alone that were appended in the same minute', async () => {
      const login = anAuditEvent({ at: at(1) });
      await append(login);
      await audit().countAuthFailure(anAuthFailure({ at: at(2) }));
      await audit().countAuthFailure(anAuthFailure({ at: at(3) }));
      expect(await all({ action: 'scripts.update' })).toEqual([login]);
    });
  });
};

const spoil = (event: AuditEvent): void => {
  event.at.setFullYear(1999);
  (event.changes as string[]).push('spoilt');
  Object.assign(event.actor, { name: 'spoilt' });
  Object.assign(event.entity ?? {}, { name: 'spoilt' });
};
