import { describe, expect, it } from '@jest/globals';
import { ObjectId, type Document } from 'mongodb';
import { openMongoStore } from '../../../../src/adapters/persistence/mongo/mongo-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { encodeEvent } from '../../../../src/domain/run/run-event.js';
import { aLogEvent, at, logEvents, newId } from '../../../contracts/samples.js';
import { eventually } from '../../../support/eventually.js';
import { startAnswerLosingProxy } from '../../../support/mongo/answer-losing-proxy.js';
import { describeWithMongo } from '../../../support/mongo/describe-with-mongo.js';
import { openFreshMongoStore, SILENT, withDatabase } from '../../../support/mongo/fresh-mongo-store.js';

await describeWithMongo('the run log in MongoDB', (mongo) => {
  const withStore = async (use: (store: Store, uri: string) => Promise<void>) => {
    const { store, uri, close } = await openFreshMongoStore(mongo);
    try {
      await use(store, uri);
    } finally {
      await close();
    }
  };
  const storedSeqs = (uri: string) =>
    withDatabase(uri, async (db) => {
      const events = await db.collection('script_run_logs').find().sort({ seq: 1 }).toArray();
      return events.map(({ seq }) => seq as number);
    });

  it('keeps an event as a document with the names of the contract', async () => {
    await withStore(async (store, uri) => {
      const runId = newId();
      const ts = at(2).toISOString();
      const writer = await store.runLog.open(runId);
      await writer.append([
        aLogEvent(1, 'one\n', 'stderr'),
        encodeEvent({ seq: 2, type: 'status', ts, status: 'running', phase: 'killing' }),
      ]);
      const documents = await withDatabase<Document[]>(uri, (db) => db.collection('script_run_logs').find().toArray());
      expect(documents).toEqual([
        {
          _id: expect.any(ObjectId),
          runId: new ObjectId(runId),
          seq: 1,
          type: 'log',
          ts: at(1),
          stream: 'stderr',
          line: 'one\n',
        },
        {
          _id: expect.any(ObjectId),
          runId: new ObjectId(runId),
          seq: 2,
          type: 'status',
          ts: at(2),
          status: 'running',
          phase: 'killing',
        },
      ]);
    });
  });

  describe('when the same events are appended again', () => {
    it('keeps each once after the answer to a write that was carried out was lost', async () => {
      await withStore(async (_, uri) => {
        const proxy = await startAnswerLosingProxy(uri);
        const store = await openMongoStore({ uri: proxy.uri, log: SILENT });
        try {
          const runId = newId();
          const writer = await store.runLog.open(runId);
          await writer.append(logEvents(1, 2));
          proxy.loseAnswers(true);
          await expect(writer.append(logEvents(3, 9))).rejects.toMatchObject({ code: 'store.unavailable' });
          await eventually(async () => expect(await storedSeqs(uri)).toHaveLength(9));
          expect(writer.lastSeq).toBe(2);
          await expect(writer.append(logEvents(3, 9))).rejects.toMatchObject({ code: 'store.unavailable' });
          proxy.loseAnswers(false);
          await eventually(() => writer.append(logEvents(3, 9)));
          expect(writer.lastSeq).toBe(9);
          await writer.append(logEvents(10, 11));
          expect(await storedSeqs(uri)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
          expect(await store.runLog.read(runId, 0, 100)).toEqual(logEvents(1, 11));
        } finally {
          await store.close();
          await proxy.close();
        }
      });
    });

    it('goes on where a write was cut off', async () => {
      await withStore(async (store, uri) => {
        const runId = newId();
        const writer = await store.runLog.open(runId);
        const cutOff = await store.runLog.open(runId);
        await cutOff.append(logEvents(1, 4));
        await writer.append(logEvents(1, 10));
        expect(writer.lastSeq).toBe(10);
        expect(await storedSeqs(uri)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      });
    });

    it('has no gap and no double when many attempts overlap', async () => {
      await withStore(async (store, uri) => {
        const runId = newId();
        const events = logEvents(1, 60);
        const writers = await Promise.all(Array.from({ length: 8 }, () => store.runLog.open(runId)));
        await Promise.all(writers.map((writer) => writer.append(events)));
        expect(await storedSeqs(uri)).toEqual(events.map(({ seq }) => seq));
        expect(await store.runLog.read(runId, 0, 100)).toEqual(events);
      });
    });

    it('refuses what somebody else has written in their place, and keeps that', async () => {
      await withStore(async (store) => {
        const runId = newId();
        const writer = await store.runLog.open(runId);
        const stranger = await store.runLog.open(runId);
        await stranger.append(logEvents(1, 3, () => 'stranger\n'));
        await expect(writer.append(logEvents(1, 5))).rejects.toThrow(
          `somebody else writes the log of the run ${runId}`,
        );
        expect(await store.runLog.read(runId, 0, 100)).toEqual(logEvents(1, 3, () => 'stranger\n'));
      });
    });
  });

  it('refuses an event that MongoDB cannot keep, and nothing of its batch is stored', async () => {
    await withStore(async (store) => {
      const runId = newId();
      const writer = await store.runLog.open(runId);
      const tooBig = aLogEvent(2, 'x'.repeat(15 * 1024 * 1024));
      await expect(writer.append([aLogEvent(1), tooBig])).rejects.toThrow(
        /^event 2 has \d+ bytes; MongoDB keeps at most/,
      );
      expect(await store.runLog.lastSeq(runId)).toBe(0);
      const big = aLogEvent(1, 'x'.repeat(14 * 1024 * 1024));
      await writer.append([big]);
      expect(await store.runLog.read(runId, 0, 10)).toEqual([big]);
    });
  });

  it('stops at maxBytes wherever the sizes of events change', async () => {
    await withStore(async (store) => {
      const runId = newId();
      const writer = await store.runLog.open(runId);
      const sizes = [
        ...Array.from({ length: 40 }, () => 10),
        ...Array.from({ length: 30 }, (_, i) => (i % 3) * 40_000),
      ];
      const events = sizes.map((size, i) => aLogEvent(i + 1, 'é'.repeat(size)));
      await writer.append(events);
      for (const maxBytes of [1, 2000, 6000, 100_000, 333_333, 10_000_000]) {
        for (const after of [0, 15, 39, 55]) {
          let bytes = 0;
          const expected = events.slice(after).filter(({ json }) => {
            const room = bytes < maxBytes;
            bytes += Buffer.byteLength(json);
            return room;
          });
          expect(await store.runLog.read(runId, after, 1000, maxBytes)).toEqual(expected);
        }
      }
    });
  });
});
