import { expect, it } from '@jest/globals';
import { openMongoStore } from '../../../../src/adapters/persistence/mongo/mongo-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { anAuditEvent, aRun, aScript, anAuthFailure, anEnd, at } from '../../../contracts/samples.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { openFreshMongoStore, SILENT } from '../../../support/mongo/fresh-mongo-store.js';
import { allOf } from '../../../support/all-of.js';

await describeWithMongo('two servers on one MongoDB', (mongo) => {
  const withTwo = async (use: (one: Store, other: Store) => Promise<void>) => {
    const { store, uri, close } = await openFreshMongoStore(mongo);
    const other = await openMongoStore({ uri, log: SILENT });
    try {
      await use(store, other);
    } finally {
      await other.close();
      await close();
    }
  };

  it('have one winner of each claim, and the loser cannot touch the run', async () => {
    await withTwo(async (one, other) => {
      for (let round = 0; round < 20; round++) {
        const run = aRun();
        await one.runs.insert(run, anAuditEvent());
        const claims = await Promise.all([
          one.runs.claim(run.id, 'token-one', at(1)),
          other.runs.claim(run.id, 'token-other', at(1)),
        ]);
        const [winner] = claims.filter((claim) => claim !== null);
        expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
        const [holder, loser] = claims[0] ? [one, other] : [other, one];
        const [token, lost] = claims[0] ? ['token-one', 'token-other'] : ['token-other', 'token-one'];
        expect(await loser.runs.find(run.id)).toEqual(winner);
        expect(await loser.runs.finishRunning(run.id, lost, anEnd(), at(2))).toBeNull();
        const ended = await holder.runs.finishRunning(run.id, token, anEnd(), at(2));
        expect(ended?.status).toBe('succeeded');
        expect(await loser.runs.find(run.id)).toEqual(ended);
      }
    });
  });

  it('see each other’s cancel requests and output at once, and only their own runs as theirs', async () => {
    await withTwo(async (one, other) => {
      const run = aRun();
      await one.runs.insert(run, anAuditEvent());
      await one.runs.claim(run.id, 'token', at(1));
      const cancel = { at: at(5), by: { type: 'admin', name: 'admin' } } as const;
      await other.runs.requestCancel(run.id, cancel, anAuditEvent());
      const progress = { outputTail: 'half', output: { bytes: 4, lines: 1, droppedBytes: 0 }, lastSeq: 1 };
      expect((await one.runs.recordProgress(run.id, 'token', progress, at(6)))?.meta.cancel).toEqual(cancel);
      const writer = await one.runLog.open(run.id);
      await writer.append([{ seq: 1, type: 'log', json: LINE }]);
      expect(await other.runLog.read(run.id, 0, 10)).toEqual([{ seq: 1, type: 'log', json: LINE }]);
      expect(await other.runs.activeOf('server-2')).toEqual([]);
      expect((await other.runs.activeOf('server-1')).map(({ id }) => id)).toEqual([run.id]);
    });
  });

  it('save a script once for each revision', async () => {
    await withTwo(async (one, other) => {
      const script = aScript();
      await one.scripts.insert(script, anAuditEvent());
      for (let revision = 1; revision < 15; revision++) {
        const saves = await Promise.all(
          [one, other].map((store, n) =>
            store.scripts.update({ ...script, name: `by ${n}`, revision: revision + 1 }, revision, anAuditEvent()),
          ),
        );
        expect(saves.filter(Boolean)).toHaveLength(1);
        expect(await other.scripts.find(script.id)).toMatchObject({ name: `by ${saves.indexOf(true)}` });
      }
    });
  });

  it('may mend at any moment what the other is about', async () => {
    await withTwo(async (one, other) => {
      const over = new AbortController();
      const mending = (async () => {
        while (!over.signal.aborted) await other.mend();
      })();
      const kept = aScript();
      await one.scripts.insert(kept, anAuditEvent());
      let events = 1;
      for (let revision = 1; revision < 12; revision++) {
        const gone = aScript();
        const run = aRun();
        await one.scripts.insert(gone, anAuditEvent());
        expect(
          await one.scripts.update(
            { ...kept, name: `by one ${revision}`, revision: revision + 1 },
            revision,
            anAuditEvent(),
          ),
        ).toBe(true);
        await one.runs.insert(run, anAuditEvent());
        await one.runs.requestCancel(run.id, { at: at(5), by: { type: 'admin', name: 'admin' } }, anAuditEvent());
        expect(await one.scripts.delete(gone.id, anAuditEvent())).toBe(true);
        events += 5;
        expect(await other.revisions.find(kept.id, revision + 1)).toMatchObject({
          script: { name: `by one ${revision}` },
        });
        expect(await other.revisions.find(gone.id, 1)).toBeNull();
      }
      over.abort();
      await mending;
      expect((await one.audit.list({ limit: 200 })).items).toHaveLength(events);
      expect((await allOf(one.scripts.list())).map(({ id }) => id)).toEqual([kept.id]);
    });
  });

  it('count the wrong passwords of one address together', async () => {
    await withTwo(async (one, other) => {
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 ? one : other).audit.countAuthFailure(anAuthFailure({ at: at(n) })),
        ),
      );
      const { items } = await one.audit.list({ limit: 10 });
      expect(items.map(({ count }) => count)).toEqual([20]);
    });
  });
});

const LINE = '{"seq":1,"type":"log","ts":"2026-01-01T00:00:00.000Z","stream":"stdout","line":"x\\n"}';
