import { describe, expect, it } from '@jest/globals';
import { aKeyedStart, at, newId } from './samples.js';
import { scaled, times, useStore, type ContractOptions, type OpenStore } from './store-under-test.js';

export const describeKeyedStartRepository = (
  adapter: string,
  open: OpenStore,
  { volume }: ContractOptions = {},
): void => {
  describe(`KeyedStartRepository: ${adapter}`, () => {
    const store = useStore(open);
    const starts = () => store().keyedStarts;
    const EXPIRY = at(-60);

    it('gives back exactly what holds a key', async () => {
      const start = aKeyedStart({ key: `${'k'.repeat(255)} admin Ada $ne {"x":1} 🌍`, at: at(1.234) });
      expect(await starts().hold(start, EXPIRY)).toEqual(start);
      expect(await starts().find(start.key)).toEqual(start);
      expect(await starts().find('key-2 admin Ada Lovelace')).toBeNull();
    });

    it('answers the start that came first, and keeps it', async () => {
      const first = aKeyedStart();
      await starts().hold(first, EXPIRY);
      const second = aKeyedStart({ request: 'another', at: at(1) });
      expect(await starts().hold(second, EXPIRY)).toEqual(first);
      expect(await starts().find(first.key)).toEqual(first);
    });

    it('gives many who race for a key the same start', async () => {
      const racers = times(scaled(30, volume), () => aKeyedStart());
      const held = await Promise.all(racers.map((racer) => starts().hold(racer, EXPIRY)));
      expect(racers).toContainEqual(held[0]);
      for (const each of held) expect(each).toEqual(held[0]);
    });

    it('gives the key of a start from before the expiry to the next, once', async () => {
      const old = aKeyedStart({ at: at(-100) });
      await starts().hold(old, at(-200));
      await starts().markAccepted(old.key, old.runId);
      const racers = times(scaled(10, volume), () => aKeyedStart());
      const held = await Promise.all(racers.map((racer) => starts().hold(racer, EXPIRY)));
      expect(racers).toContainEqual(held[0]);
      for (const each of held) expect(each).toEqual(held[0]);
      const atTheEdge = aKeyedStart({ key: 'edge', at: EXPIRY });
      await starts().hold(atTheEdge, EXPIRY);
      expect(await starts().hold(aKeyedStart({ key: 'edge' }), EXPIRY)).toEqual(atTheEdge);
    });

    it('notes that the run was stored, of the one run that the key stands for', async () => {
      const start = aKeyedStart();
      await starts().hold(start, EXPIRY);
      await starts().markAccepted(start.key, newId());
      expect(await starts().find(start.key)).toEqual(start);
      await starts().markAccepted(start.key, start.runId);
      expect(await starts().find(start.key)).toEqual({ ...start, accepted: true });
      await starts().markAccepted('nobody', start.runId);
    });

    it('forgets those from before a time and no other', async () => {
      const [old, young] = [aKeyedStart({ key: 'old', at: at(-1) }), aKeyedStart({ key: 'young', at: at(0) })];
      for (const start of [old, young]) await starts().hold(start, EXPIRY);
      await starts().forgetBefore(at(0));
      expect(await starts().find('old')).toBeNull();
      expect(await starts().find('young')).toEqual(young);
    });

    it('never shares state with its callers', async () => {
      const start = aKeyedStart();
      const before = structuredClone(start);
      (await starts().hold(start, EXPIRY)).at.setFullYear(1999);
      start.at.setFullYear(1999);
      (await starts().find(before.key))?.at.setFullYear(1999);
      expect(await starts().find(before.key)).toEqual(before);
    });
  });
};
