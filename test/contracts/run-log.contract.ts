import { describe, expect, it } from '@jest/globals';
import { encodeEvent, type EncodedEvent } from '../../src/domain/run/run-event.js';
import { aLogEvent, at, logEvents, newId } from './samples.js';
import { scaled, useStore, type ContractOptions, type OpenStore } from './store-under-test.js';

export const describeRunLog = (adapter: string, open: OpenStore, { volume }: ContractOptions = {}): void => {
  describe(`RunLog: ${adapter}`, () => {
    const store = useStore(open);
    const log = () => store().runLog;
    const keep = async (runId: string, events: readonly EncodedEvent[]) => {
      const writer = await log().open(runId);
      await writer.append(events);
      await writer.close();
    };

    it('is empty for a run that has written nothing', async () => {
      const runId = newId();
      const expectEmpty = async () => {
        expect(await log().lastSeq(runId)).toBe(0);
        expect(await log().read(runId, 0, 10)).toEqual([]);
        expect(await log().readBefore(runId, 100, 10)).toEqual([]);
      };
      await expectEmpty();
      const writer = await log().open(runId);
      expect(writer.lastSeq).toBe(0);
      await expectEmpty();
      await writer.append([]);
      await expectEmpty();
      await writer.close();
    });

    it('shows at once what an append has kept', async () => {
      const runId = newId();
      const writer = await log().open(runId);
      await writer.append(logEvents(1, 1));
      expect(writer.lastSeq).toBe(1);
      expect(await log().read(runId, 0, 10)).toEqual(logEvents(1, 1));
      await writer.append(logEvents(2, 4));
      expect(writer.lastSeq).toBe(4);
      expect(await log().lastSeq(runId)).toBe(4);
      expect(await log().read(runId, 0, 10)).toEqual(logEvents(1, 4));
      expect(await log().readBefore(runId, 5, 10)).toEqual(logEvents(1, 4));
      await writer.close();
      expect(await log().read(runId, 0, 10)).toEqual(logEvents(1, 4));
    });

    it('gives back every kind of event and of text', async () => {
      const ts = at(0).toISOString();
      const lines = [
        'NUL \0 inside\0',
        'paragraph\u2028and\u2029separators, NEL\u0085',
        'a lone \r and \r\n, \t, \x1b[31mred\x1b[0m, \b',
        'emoji 👩‍👩‍👧 wörld 日本',
        '"quotes" \\ and {"seq":7,"type":"log"}\n{"seq":8}',
        '',
        '\n',
        `${'0123456789abcdef'.repeat(64 * 1024)}\n`,
        'é'.repeat(512 * 1024),
      ];
      const events = [
        encodeEvent({ seq: 1, type: 'status', ts, status: 'queued' }),
        encodeEvent({ seq: 2, type: 'status', ts, status: 'running' }),
        ...lines.map((line, i) => aLogEvent(i + 3, line, i % 2 ? 'stderr' : 'stdout')),
        aLogEvent(12, 'a note', 'system'),
        encodeEvent({ seq: 13, type: 'status', ts, status: 'running', phase: 'terminating' }),
        encodeEvent({ seq: 14, type: 'status', ts, status: 'running', phase: 'killing' }),
        encodeEvent({ seq: 15, type: 'log', ts, stream: 'stderr', line: 'caf\ufffd\n', base64: 'Y2Fm6Qo=' }),
      ];
      const runId = newId();
      await keep(runId, events);
      expect(await log().read(runId, 0, 100)).toEqual(events);
      expect(await log().readBefore(runId, 16, 100)).toEqual(events);
      for (const after of [0, 5, 9, 10, 11, 13]) {
        expect(await log().read(runId, after, 1)).toEqual([events[after]]);
        expect(await log().readBefore(runId, after + 2, 1)).toEqual([events[after]]);
      }
      expect(await log().lastSeq(runId)).toBe(15);
    });

    it('reads on from any event', async () => {
      const runId = newId();
      await keep(runId, logEvents(1, 40));
      for (const after of [0, 1, 17, 39]) {
        expect(await log().read(runId, after, 7)).toEqual(logEvents(after + 1, Math.min(40, after + 7)));
      }
      expect(await log().read(runId, 40, 7)).toEqual([]);
      expect(await log().read(runId, 4000, 7)).toEqual([]);
    });

    it('reads back from any event', async () => {
      const runId = newId();
      await keep(runId, logEvents(1, 40));
      expect(await log().readBefore(runId, 41, 7)).toEqual(logEvents(34, 40));
      expect(await log().readBefore(runId, 4000, 7)).toEqual(logEvents(34, 40));
      expect(await log().readBefore(runId, 34, 7)).toEqual(logEvents(27, 33));
      expect(await log().readBefore(runId, 4, 7)).toEqual(logEvents(1, 3));
      expect(await log().readBefore(runId, 2, 7)).toEqual(logEvents(1, 1));
      expect(await log().readBefore(runId, 1, 7)).toEqual([]);
    });

    it('reads no more once maxBytes are read, but at least one event', async () => {
      const runId = newId();
      const events = logEvents(1, 10, () => 'x'.repeat(1000));
      await keep(runId, events);
      expect(await log().read(runId, 0, 100, 2500)).toEqual(events.slice(0, 3));
      expect(await log().read(runId, 3, 100, 1)).toEqual(events.slice(3, 4));
      expect(await log().read(runId, 0, 2, 2500)).toEqual(events.slice(0, 2));
      expect(await log().read(runId, 8, 100, 1_000_000)).toEqual(events.slice(8));
    });

    it('continues a log that is opened again', async () => {
      const runId = newId();
      await keep(runId, logEvents(1, 3));
      const writer = await log().open(runId);
      expect(writer.lastSeq).toBe(3);
      await writer.append(logEvents(4, 5));
      await writer.close();
      expect(await log().read(runId, 0, 10)).toEqual(logEvents(1, 5));
      expect(await log().lastSeq(runId)).toBe(5);
    });

    it('takes nothing more from a writer once another has written', async () => {
      const runId = newId();
      const first = await log().open(runId);
      await first.append(logEvents(1, 2));
      const second = await log().open(runId);
      await second.append([aLogEvent(3, 'the second\n')]);
      await expect(first.append(logEvents(3, 5))).rejects.toThrow();
      await expect(first.append(logEvents(3, 5))).rejects.not.toMatchObject({ code: 'store.unavailable' });
      await second.append(logEvents(4, 4));
      expect(await log().read(runId, 0, 10)).toEqual([...logEvents(1, 2), aLogEvent(3, 'the second\n'), aLogEvent(4)]);
      await first.close();
      await second.close();
    });

    it('keeps the logs of runs apart, also while all are open', async () => {
      const runs = [newId(), newId(), newId()];
      const writers = await Promise.all(runs.map((runId) => log().open(runId)));
      for (let seq = 1; seq <= 5; seq++) {
        await Promise.all(writers.map((writer, i) => writer.append([aLogEvent(seq, `run ${i}\n`)])));
      }
      for (const [i, runId] of runs.entries()) {
        expect(await log().read(runId, 0, 10)).toEqual(logEvents(1, 5, () => `run ${i}\n`));
      }
      await Promise.all(writers.map((writer) => writer.close()));
    });

    it('gives whole events in order to those who read while it is written', async () => {
      const runId = newId();
      const total = scaled(2000, volume);
      const text = (seq: number) => `${seq} ${'wörld '.repeat(seq % 50)}\n`;
      const writer = await log().open(runId);
      let written = false;
      const write = async () => {
        for (let seq = 1; seq <= total;) {
          const last = Math.min(total, seq + (seq % 7));
          await writer.append(logEvents(seq, last, text));
          seq = last + 1;
        }
        written = true;
      };
      const follow = async (limit: number) => {
        const seen: EncodedEvent[] = [];
        for (;;) {
          const finished = written;
          const page = await log().read(runId, seen.at(-1)?.seq ?? 0, limit, 4096);
          seen.push(...page);
          if (page.length > 0) continue;
          if (finished) return seen;
          await new Promise(setImmediate);
        }
      };
      const [, ...followers] = await Promise.all([write(), follow(3), follow(100)]);
      await writer.close();
      for (const seen of followers) expect(seen).toEqual(logEvents(1, total, text));
    });

    it('reads a long log in pages, forwards and backwards', async () => {
      const runId = newId();
      const total = scaled(10_000, volume);
      const writer = await log().open(runId);
      for (let seq = 1; seq <= total; seq += 500) {
        await writer.append(logEvents(seq, Math.min(total, seq + 499)));
      }
      await writer.close();
      const forwards: number[] = [];
      for (;;) {
        const page = await log().read(runId, forwards.at(-1) ?? 0, 700);
        if (page.length === 0) break;
        forwards.push(...page.map(({ seq }) => seq));
      }
      const backwards: number[] = [];
      for (;;) {
        const page = await log().readBefore(runId, backwards[0] ?? total + 1, 700);
        if (page.length === 0) break;
        backwards.unshift(...page.map(({ seq }) => seq));
      }
      const expected = Array.from({ length: total }, (_, i) => i + 1);
      expect(forwards).toEqual(expected);
      expect(backwards).toEqual(expected);
    });

    it('never shares state with its callers', async () => {
      const runId = newId();
      const events = logEvents(1, 2);
      const writer = await log().open(runId);
      await writer.append(events);
      events.push(aLogEvent(3));
      Object.assign(events[0]!, { json: 'spoilt' });
      const read = await log().read(runId, 0, 10);
      expect(read).toEqual(logEvents(1, 2));
      Object.assign(read[0]!, { json: 'spoilt' });
      expect(await log().read(runId, 0, 10)).toEqual(logEvents(1, 2));
      await writer.close();
    });

    it('deletes the log of one run and no other', async () => {
      const [runId, other] = [newId(), newId()];
      await keep(runId, logEvents(1, 3));
      await keep(other, logEvents(1, 2));
      expect(await log().read(runId, 1, 1)).toHaveLength(1);
      await log().delete(runId);
      expect(await log().lastSeq(runId)).toBe(0);
      expect(await log().read(runId, 0, 10)).toEqual([]);
      expect(await log().read(runId, 2, 10)).toEqual([]);
      expect(await log().readBefore(runId, 10, 10)).toEqual([]);
      expect(await log().read(other, 0, 10)).toEqual(logEvents(1, 2));
      await log().delete(runId);
      await keep(runId, [aLogEvent(1, 'anew\n')]);
      expect(await log().read(runId, 0, 10)).toEqual([aLogEvent(1, 'anew\n')]);
    });
  });
};
