import { describe, expect, it } from '@jest/globals';
import type { KeepRule } from '../../src/application/ports/run-repository.js';
import type { ScriptRun } from '../../src/domain/run/script-run.js';
import { aRun, aSuccess, anAuditEvent, anAuthFailure, anEnd, at, logEvents, newId } from './samples.js';
import { scaled, times, useStore, type ContractOptions, type OpenStore } from './store-under-test.js';

/** What the retention settings need of a store. */
export const describeTrimming = (adapter: string, open: OpenStore, { volume }: ContractOptions = {}): void => {
  describe(`Trimming: ${adapter}`, () => {
    const store = useStore(open);
    const runs = () => store().runs;
    const insert = async (...given: ScriptRun[]) => {
      for (const run of given) await runs().insert(run, anAuditEvent());
    };
    const outdated = async (scriptId: string, rule: Partial<KeepRule>, limit = 1000) =>
      [...(await runs().outdated(scriptId, { newest: null, endedSince: null, ...rule }, limit))].sort();
    const idsOf = (given: readonly ScriptRun[]) => given.map(({ id }) => id).sort();
    /** Ended runs of a script, the oldest first; each ended a second after it was created. */
    const endedRuns = async (scriptId: string, count: number) => {
      const ended = times(count, (n) => aSuccess(1000, { scriptId, createdAt: at(n), finishedAt: at(n + 1) }));
      await insert(...ended);
      return ended;
    };

    describe('runs', () => {
      it('of a script that are beyond the number are outdated, whatever their age', async () => {
        const scriptId = newId();
        const ended = await endedRuns(scriptId, 7);
        await endedRuns(newId(), 3);
        expect(await outdated(scriptId, { newest: 3 })).toEqual(idsOf(ended.slice(0, 4)));
        expect(await outdated(scriptId, { newest: 7 })).toEqual([]);
        expect(await outdated(scriptId, { newest: null })).toEqual([]);
      });

      it('that ended before the time are outdated, whatever their number', async () => {
        const scriptId = newId();
        const ended = await endedRuns(scriptId, 7);
        expect(await outdated(scriptId, { endedSince: at(4) })).toEqual(idsOf(ended.slice(0, 3)));
        expect(await outdated(scriptId, { endedSince: at(1) })).toEqual([]);
        const late = aSuccess(1000, { scriptId, createdAt: at(-50), finishedAt: at(100) });
        await insert(late);
        expect(await outdated(scriptId, { endedSince: at(5) })).toEqual(idsOf(ended.slice(0, 4)));
      });

      it('never include the newest that has ended, nor what has not ended, nor what Runlet did not accept', async () => {
        const scriptId = newId();
        const foreign = { owner: null, token: null, process: null };
        const ended = await endedRuns(scriptId, 3);
        const waiting = aRun({ scriptId, createdAt: at(-9) });
        const running = aRun({ scriptId, createdAt: at(-8) });
        const another = aSuccess(1000, { scriptId, createdAt: at(-9), finishedAt: at(-8), claim: foreign });
        await insert(waiting, running, another, aRun({ scriptId, createdAt: at(50) }));
        await runs().claim(running.id, 'token', at(1));
        for (const rule of [
          { newest: 0 },
          { newest: 1 },
          { endedSince: at(1e6) },
          { newest: 1, endedSince: at(1e6) },
        ]) {
          expect(await outdated(scriptId, rule)).toEqual(idsOf(ended.slice(0, 2)));
        }
      });

      it('come up to the limit, and all of them when asked again after each deletion', async () => {
        const scriptId = newId();
        const ended = await endedRuns(scriptId, 10);
        const rule = { newest: 6, endedSince: at(7) };
        const deleted: string[] = [];
        for (let ids = await outdated(scriptId, rule, 2); ids.length > 0; ids = await outdated(scriptId, rule, 2)) {
          expect(ids.length).toBeLessThanOrEqual(2);
          expect(await runs().deleteEnded(ids)).toBe(ids.length);
          deleted.push(...ids);
        }
        expect(deleted.sort()).toEqual(idsOf(ended.slice(0, 6)));
        expect((await runs().list({ scriptId, limit: 50 })).items.map(({ id }) => id)).toEqual(
          ended
            .slice(6)
            .map(({ id }) => id)
            .reverse(),
        );
      });

      it('are deleted only if they have ended', async () => {
        const [waiting, running, ended] = [aRun(), aRun(), aSuccess(5)];
        await insert(waiting, running, ended);
        await runs().claim(running.id, 'token', at(1));
        expect(await runs().deleteEnded([waiting.id, running.id, ended.id, newId()])).toBe(1);
        expect(await runs().find(ended.id)).toBeNull();
        expect((await runs().finishRunning(running.id, 'token', anEnd(), at(2)))?.status).toBe('succeeded');
        expect(await runs().find(waiting.id)).toEqual(waiting);
        expect(await runs().deleteEnded([])).toBe(0);
      });

      it('tell of which scripts they are, each once', async () => {
        expect(await runs().nextScriptWithRuns('')).toBeNull();
        const scriptIds = times(4, () => newId());
        for (const scriptId of [...scriptIds].reverse()) await endedRuns(scriptId, 2);
        const seen: string[] = [];
        for (
          let next = await runs().nextScriptWithRuns('');
          next !== null;
          next = await runs().nextScriptWithRuns(next)
        ) {
          seen.push(next);
        }
        expect(seen).toEqual(scriptIds);
      });

      it('are known by their ids', async () => {
        const given = times(scaled(40, volume), () => aRun());
        await insert(...given);
        const ids = idsOf(given);
        expect(await runs().known([...ids, newId()])).toEqual(new Set(ids));
        expect(await runs().known([])).toEqual(new Set());
      });
    });

    it('audit events older than a time go, the oldest first, a few at once', async () => {
      const events = times(7, (n) => anAuditEvent({ at: at(n) }));
      for (const event of [...events].reverse()) await store().audit.append(event);
      await store().audit.countAuthFailure(anAuthFailure({ at: at(-60) }));
      const left = async () => (await store().audit.list({ limit: 50 })).items.map(({ id }) => id);
      expect(await store().audit.deleteBefore(at(4), 3)).toBe(3);
      expect(await left()).toEqual(
        events
          .slice(2)
          .map(({ id }) => id)
          .reverse(),
      );
      expect(await store().audit.deleteBefore(at(4), 3)).toBe(2);
      expect(await store().audit.deleteBefore(at(4), 3)).toBe(0);
      expect(await left()).toEqual(
        events
          .slice(4)
          .map(({ id }) => id)
          .reverse(),
      );
    });

    it('wrong passwords of a minute are counted anew when their event has gone', async () => {
      const failure = () => anAuthFailure({ at: at(0) });
      await store().audit.countAuthFailure(failure());
      expect(await store().audit.deleteBefore(at(100), 10)).toBe(1);
      await store().audit.countAuthFailure(failure());
      expect((await store().audit.list({ limit: 5 })).items.map(({ count }) => count)).toEqual([1]);
    });

    it('logs tell of which runs they are, as far as those were accepted before a time', async () => {
      const idAt = (seconds: number) => Math.floor(at(seconds).getTime() / 1000).toString(16) + newId().slice(8);
      const [old, older, young] = [idAt(-10), idAt(-5000), idAt(10)] as const;
      for (const runId of [old, older, young]) {
        const writer = await store().runLog.open(runId);
        await writer.append(logEvents(1, 3));
        await writer.close();
      }
      const found: string[] = [];
      for await (const ids of store().runLog.runIdsBefore(at(0))) found.push(...ids);
      expect(found.sort()).toEqual([older, old]);
    });

    it('a long log goes whole', async () => {
      const [long, other] = [newId(), newId()];
      for (const runId of [long, other]) {
        const writer = await store().runLog.open(runId);
        await writer.append(logEvents(1, 1203));
        await writer.close();
      }
      await store().runLog.delete(long);
      expect(await store().runLog.lastSeq(long)).toBe(0);
      expect(await store().runLog.read(long, 0, 10)).toEqual([]);
      expect(await store().runLog.lastSeq(other)).toBe(1203);
    });

    it('space is given back until there is none to give', async () => {
      for (let slices = 0; await store().reclaim(); slices++) expect(slices).toBeLessThan(1000);
      expect(await store().reclaim()).toBe(false);
    });
  });
};
