import { describe, expect, it } from '@jest/globals';
import type { RunQuery } from '../../src/application/ports/run-repository.js';
import {
  adoptRun,
  finishRun,
  noteLeftoversEnded,
  recordProgress,
  requestCancel,
  startRun,
  type CancelRequest,
  type ProcessIdentity,
  type RunSummary,
  type ScriptRun,
} from '../../src/domain/run/script-run.js';
import { anAuditEvent, aProgress, aRun, aSuccess, anEnd, at, newId } from './samples.js';
import { scaled, times, useStore, type ContractOptions, type OpenStore } from './store-under-test.js';

export const describeRunRepository = (adapter: string, open: OpenStore, { volume }: ContractOptions = {}): void => {
  describe(`RunRepository: ${adapter}`, () => {
    const store = useStore(open);
    const runs = () => store().runs;
    const insert = async <T extends readonly ScriptRun[]>(...given: T): Promise<T> => {
      for (const run of given) await runs().insert(run, anAuditEvent());
      return given;
    };
    const queued = async (): Promise<ScriptRun> => (await insert(aRun()))[0];
    const running = async (token = TOKEN): Promise<ScriptRun> => {
      const run = await queued();
      return (await runs().claim(run.id, token, at(1)))!;
    };
    const listed = async (query: Partial<RunQuery> = {}) => (await runs().list({ limit: 200, ...query })).items;

    describe('what is stored', () => {
      it('says to its end whether a page reports on it', async () => {
        const [mine, other] = await insert(aRun({ meta: { reportedBy: 'page' } }), aRun());
        expect((await runs().claim(mine.id, TOKEN, at(1)))?.meta.reportedBy).toBe('page');
        expect((await runs().recordProgress(mine.id, TOKEN, aProgress(), at(2)))?.meta.reportedBy).toBe('page');
        await runs().finishRunning(mine.id, TOKEN, anEnd(), at(3));
        expect(await runs().find(mine.id)).toHaveProperty('meta.reportedBy', 'page');
        expect(await runs().find(other.id)).not.toHaveProperty('meta.reportedBy');
      });

      it('comes back exactly', async () => {
        const full = aRun({
          status: 'failed',
          trigger: 'schedule',
          startedAt: at(1),
          finishedAt: at(2.345),
          exitCode: 137,
          outputTail: 'NUL \0 in the middle\r\n\u2028 🌍 \0',
          claim: { owner: 'server-1', token: TOKEN, process: PROCESS },
          meta: {
            signal: 'SIGKILL',
            reason: 'memory',
            message: 'more than 128 MB',
            durationMs: 1345,
            output: { bytes: 10_000_000_000, lines: 3, droppedBytes: 7 },
            lastSeq: 12,
            cancel: CANCEL,
            leftovers: [
              { pid: 77, command: 'sleep 100', ended: false, startTime: '4711' },
              { pid: 78, command: 'sleep', ended: true },
            ],
            signalled: { signals: ['SIGTERM', 'SIGKILL'], processes: 3, survivors: 'some' },
            result: { list: [1, null, 'two', { three: true }], empty: {}, $dollar: 'a.b' },
          },
        });
        const bare = aRun({
          claim: { owner: null, token: null, process: null },
          meta: { address: null, userAgent: null, result: null },
        });
        await insert(full, bare);
        expect(await runs().find(full.id)).toEqual(full);
        expect(await runs().find(bare.id)).toEqual(bare);
        expect(await runs().find(newId())).toBeNull();
      });

      it('is never shared with callers', async () => {
        const run = aRun({ meta: { result: { deep: [1] }, cancel: CANCEL } });
        const before = structuredClone(run);
        await insert(run);
        spoil(run);
        expect(await runs().find(before.id)).toEqual(before);
        spoil((await runs().find(before.id)) as ScriptRun);
        spoil((await listed())[0] as RunSummary);
        spoil((await runs().activeOf('server-1'))[0]!);
        spoil((await runs().activeOfScript(before.scriptId))[0]!);
        spoil((await runs().activity([before.scriptId])).get(before.scriptId)!.lastRun!);
        expect(await runs().find(before.id)).toEqual(before);

        spoil((await runs().claim(before.id, TOKEN, at(1)))!);
        const progress = aProgress();
        spoil((await runs().recordProgress(before.id, TOKEN, progress, at(2)))!);
        spoil((await runs().requestCancel(before.id, CANCEL, anAuditEvent()))!);
        const end = anEnd({ leftovers: [{ pid: 1, command: 'x', ended: true }], result: { deep: [2] } });
        const expected = finishRun(startRun(before, TOKEN, at(1)), structuredClone(end), at(3));
        spoil((await runs().finishRunning(before.id, TOKEN, end, at(3)))!);
        Object.assign(end.leftovers[0]!, { command: 'spoilt' });
        Object.assign(end.result as object, { deep: 'spoilt' });
        expect(await runs().find(before.id)).toEqual(expected);
      });
    });

    it('keeps the run that is there when another of its id is inserted', async () => {
      const run = aRun();
      expect(await runs().insert(run, anAuditEvent())).toBe(true);
      expect(await runs().insert({ ...run, scriptId: newId(), trigger: 'manual' }, anAuditEvent())).toBe(false);
      expect(await runs().find(run.id)).toEqual(run);
      const id = newId();
      const inserted = await Promise.all(times(scaled(20, volume), () => runs().insert(aRun({ id }), anAuditEvent())));
      expect(inserted.filter(Boolean)).toHaveLength(1);
    });

    describe('list', () => {
      it('has summaries by createdAt, then by id, newest first', async () => {
        const [a, b, c, d] = await insert(
          ...[at(5), at(9), at(5), at(1)].map((createdAt) => aRun({ createdAt, outputTail: 'x' })),
        );
        expect(await runs().list({ limit: 10 })).toEqual({
          items: [b, c, a, d].map((run) => summary(run!)),
          next: null,
        });
        expect((await listed())[0]).not.toHaveProperty('outputTail');
      });

      it('has previews in the same order, with the last 4 KiB of the output, cut at a character', async () => {
        const tails = [
          ['', ''],
          ['short\n', 'short\n'],
          [`${'\0'.repeat(5000)}end`, `${'\0'.repeat(4093)}end`],
          ['y'.repeat(4096), 'y'.repeat(4096)],
          [`z${'y'.repeat(4096)}`, 'y'.repeat(4096)],
          [`x${'é'.repeat(2048)}`, 'é'.repeat(2048)],
          [`xx${'é'.repeat(2047)}y`, `x${'é'.repeat(2047)}y`],
          [`${'é'.repeat(3000)}y`, `${'é'.repeat(2047)}y`],
          [`${'☃'.repeat(2000)}yz`, `${'☃'.repeat(1364)}yz`],
          ['🌍'.repeat(20_000), '🌍'.repeat(1024)],
          [`${'🌍'.repeat(20_000)}abc`, `${'🌍'.repeat(1023)}abc`],
          [`${'🌍'.repeat(1024)}a`, `${'🌍'.repeat(1023)}a`],
        ] as const;
        const given = tails.map(([outputTail], n) => aRun({ createdAt: at(-n), outputTail }));
        await insert(...given);
        const expected = given.map((run, n) => ({ ...run, outputTail: tails[n]![1] }));
        expect(await runs().listPreviews({ limit: 12 })).toEqual({ items: expected, next: null });
        const { scriptId } = given[0]!;
        const first = await runs().listPreviews({ limit: 5, scriptId, status: 'queued', trigger: 'api' });
        const second = await runs().listPreviews({ limit: 200, cursor: first.next! });
        expect([...first.items, ...second.items]).toEqual(expected);
        expect(await runs().listPreviews({ limit: 5, status: 'failed' })).toEqual({ items: [], next: null });
      });

      it('filters by each field and by all together', async () => {
        const [scriptA, scriptB] = [newId(), newId()];
        const a = aSuccess(5, { createdAt: at(4), scriptId: scriptA, trigger: 'manual' });
        const b = aSuccess(5, { createdAt: at(3), scriptId: scriptA, trigger: 'schedule' });
        const c = aRun({ createdAt: at(2), scriptId: scriptA, trigger: 'manual' });
        const d = aSuccess(5, { createdAt: at(1), scriptId: scriptB, trigger: 'manual' });
        await insert(a, b, c, d);
        const names = new Map([a, b, c, d].map((run, i) => [run.id, 'abcd'[i]]));
        const found = async (query: Partial<RunQuery>) => (await listed(query)).map(({ id }) => names.get(id)).join('');
        expect(await found({})).toBe('abcd');
        expect(await found({ scriptId: scriptA })).toBe('abc');
        expect(await found({ status: 'succeeded' })).toBe('abd');
        expect(await found({ trigger: 'manual' })).toBe('acd');
        expect(await found({ scriptId: scriptA, status: 'succeeded' })).toBe('ab');
        expect(await found({ scriptId: scriptA, trigger: 'manual' })).toBe('ac');
        expect(await found({ status: 'succeeded', trigger: 'manual' })).toBe('ad');
        expect(await found({ scriptId: scriptA, status: 'succeeded', trigger: 'manual' })).toBe('a');
        expect(await found({ scriptId: newId() })).toBe('');
        expect(await found({ status: 'timed_out' })).toBe('');
      });

      it('pages through equal times without loss or repetition, while new runs arrive', async () => {
        const scriptId = newId();
        const given = times(23, (n) => aRun({ scriptId, createdAt: at(Math.floor(n / 10)) }));
        await insert(...given);
        for (const filter of [{}, { scriptId }, { status: 'queued' as const }, { trigger: 'api' as const }]) {
          const seen: string[] = [];
          let page = await runs().list({ limit: 5, ...filter });
          for (;;) {
            seen.push(...page.items.map(({ id }) => id));
            if (!page.next) break;
            expect(page.items).toHaveLength(5);
            await insert(aRun({ scriptId, createdAt: at(50) }));
            page = await runs().list({ limit: 5, ...filter, cursor: page.next });
          }
          const before = new Set(given.map(({ id }) => id));
          expect(seen.filter((id) => before.has(id))).toEqual(given.map(({ id }) => id).reverse());
          expect(new Set(seen).size).toBe(seen.length);
        }
      });

      it('knows a last page that is full', async () => {
        await insert(...times(6, () => aRun()));
        const first = await runs().list({ limit: 3 });
        expect(first.next).not.toBeNull();
        const second = await runs().list({ limit: 3, cursor: first.next! });
        expect(second.items).toHaveLength(3);
        expect(second.next).toBeNull();
      });
    });

    describe('claim', () => {
      it('starts a queued run under the token', async () => {
        const run = await queued();
        const bystander = await queued();
        const started = startRun(run, TOKEN, at(1));
        expect(await runs().claim(run.id, TOKEN, at(1))).toEqual(started);
        expect(await runs().find(run.id)).toEqual(started);
        expect(await runs().find(bystander.id)).toEqual(bystander);
      });

      it('lets exactly one of many racing claims win', async () => {
        const run = await queued();
        const tokens = times(scaled(100, volume), (n) => `token-${n}`);
        const claims = await Promise.all(tokens.map((token) => runs().claim(run.id, token, at(1))));
        const won = claims.filter((claim) => claim !== null);
        expect(won).toHaveLength(1);
        expect(await runs().find(run.id)).toEqual(won[0]);
        expect(won[0]?.claim.token).toBe(tokens[claims.indexOf(won[0]!)]);
      });

      it('is null for a run that is not queued or not there', async () => {
        const started = await running();
        expect(await runs().claim(started.id, 'other', at(2))).toBeNull();
        expect(await runs().find(started.id)).toEqual(started);
        const [ended] = await insert(aSuccess(5));
        expect(await runs().claim(ended.id, 'other', at(2))).toBeNull();
        expect(await runs().find(ended.id)).toEqual(ended);
        expect(await runs().claim(newId(), 'other', at(2))).toBeNull();
      });

      it('brings along a cancel request', async () => {
        const run = await queued();
        await runs().requestCancel(run.id, CANCEL, anAuditEvent());
        expect((await runs().claim(run.id, TOKEN, at(6)))?.meta.cancel).toEqual(CANCEL);
      });
    });

    describe('while it runs', () => {
      it('notes the process for the holder of the token only', async () => {
        const run = await running();
        await runs().recordProcess(run.id, 'stranger', PROCESS);
        expect(await runs().find(run.id)).toEqual(run);
        await runs().recordProcess(run.id, TOKEN, PROCESS);
        const noted = await runs().find(run.id);
        expect(noted).toEqual({ ...run, claim: { ...run.claim, process: PROCESS } });
        const waiting = await queued();
        await runs().recordProcess(waiting.id, TOKEN, PROCESS);
        expect(await runs().find(waiting.id)).toEqual(waiting);
        await runs().recordProcess(newId(), TOKEN, PROCESS);
      });

      it('records progress for the holder of the token only', async () => {
        const run = await running();
        const later = recordProgress(run, aProgress(), at(3));
        expect(await runs().recordProgress(run.id, TOKEN, aProgress(), at(3))).toEqual(later);
        expect(await runs().find(run.id)).toEqual(later);
        const stolen = aProgress({ outputTail: 'stolen' });
        expect(await runs().recordProgress(run.id, 'stranger', stolen, at(4))).toBeNull();
        expect(await runs().find(run.id)).toEqual(later);
        expect(await runs().recordProgress((await queued()).id, TOKEN, stolen, at(4))).toBeNull();
        expect(await runs().recordProgress(newId(), TOKEN, stolen, at(4))).toBeNull();
      });

      it('shows a cancel request to the one who records progress', async () => {
        const run = await running();
        await runs().requestCancel(run.id, CANCEL, anAuditEvent());
        expect((await runs().recordProgress(run.id, TOKEN, aProgress(), at(6)))?.meta.cancel).toEqual(CANCEL);
      });

      it('loses neither progress nor a cancel request that race', async () => {
        for (let round = 0; round < scaled(20, volume); round++) {
          const run = await running();
          await Promise.all([
            runs().recordProgress(run.id, TOKEN, aProgress(), at(3)),
            runs().requestCancel(run.id, CANCEL, anAuditEvent()),
            runs().recordProcess(run.id, TOKEN, PROCESS),
          ]);
          expect(await runs().find(run.id)).toMatchObject({
            outputTail: aProgress().outputTail,
            meta: { lastSeq: 4, cancel: CANCEL },
            claim: { token: TOKEN, process: PROCESS },
          });
        }
      });
    });

    describe('noteLeftoversEnded', () => {
      const LEFT = [77, 78, 79].map((pid) => ({ pid, command: 'sleep', ended: pid === 79, startTime: `${pid}00` }));
      const withLeft = async (): Promise<ScriptRun> => (await insert(aSuccess(5, { meta: { leftovers: LEFT } })))[0];

      it('notes those of the pids, and leaves the rest of the run as it was', async () => {
        const run = await withLeft();
        const expected = noteLeftoversEnded(run, [78, 4711], at(9));
        expect(expected.meta.leftovers.map(({ ended }) => ended)).toEqual([false, true, true]);
        expect(await runs().noteLeftoversEnded(run.id, [78, 4711], at(9))).toEqual(expected);
        expect(await runs().find(run.id)).toEqual(expected);
      });

      it('loses none of two that race', async () => {
        for (let round = 0; round < scaled(10, volume); round++) {
          const run = await withLeft();
          await Promise.all([77, 78].map((pid) => runs().noteLeftoversEnded(run.id, [pid], at(9))));
          const stored = (await runs().find(run.id)) as ScriptRun;
          expect(stored.meta.leftovers).toEqual(LEFT.map((left) => ({ ...left, ended: true })));
        }
      });

      it('changes no run that has not ended, and answers null for it and for none', async () => {
        for (const run of [await queued(), await running()]) {
          expect(await runs().noteLeftoversEnded(run.id, [77], at(9))).toBeNull();
          expect(await runs().find(run.id)).toEqual(run);
        }
        expect(await runs().noteLeftoversEnded(newId(), [77], at(9))).toBeNull();
      });
    });

    describe('requestCancel', () => {
      it('writes the request to a queued and to a running run', async () => {
        for (const run of [await queued(), await running()]) {
          const expected = requestCancel(run, CANCEL);
          expect(expected.meta.cancel).toEqual(CANCEL);
          expect(await runs().requestCancel(run.id, CANCEL, anAuditEvent())).toEqual(expected);
          expect(await runs().find(run.id)).toEqual(expected);
        }
      });

      it('leaves the request that stands', async () => {
        const run = await running();
        const first = await runs().requestCancel(run.id, CANCEL, anAuditEvent());
        const second = { at: at(50), by: { type: 'user', name: 'ines' } } as const;
        expect(await runs().requestCancel(run.id, second, anAuditEvent())).toEqual(first);
        expect(await runs().find(run.id)).toEqual(first);
      });

      it('answers an ended run unchanged, and null for none', async () => {
        const [ended] = await insert(aSuccess(5));
        expect(await runs().requestCancel(ended.id, CANCEL, anAuditEvent())).toEqual(ended);
        expect(await runs().find(ended.id)).toEqual(ended);
        expect(await runs().requestCancel(newId(), CANCEL, anAuditEvent())).toBeNull();
      });

      it('lets exactly one of many racing requests stand, and shows it to all', async () => {
        const run = await running();
        const requests = times(scaled(50, volume), (n): CancelRequest => ({
          at: at(n),
          by: { type: 'user', name: `user ${n}` },
        }));
        const answers = await Promise.all(
          requests.map((request) => runs().requestCancel(run.id, request, anAuditEvent())),
        );
        const stored = (await runs().find(run.id)) as ScriptRun;
        expect(requests).toContainEqual(stored.meta.cancel);
        for (const answer of answers) expect(answer).toEqual(stored);
      });

      it('either comes before the end and stays in it, or after and changes nothing', async () => {
        for (let round = 0; round < scaled(30, volume); round++) {
          const run = await running();
          const ask = () => runs().requestCancel(run.id, CANCEL, anAuditEvent());
          const finish = () => runs().finishRunning(run.id, TOKEN, anEnd(), at(9));
          const [asked, finished] =
            round % 2 ? await Promise.all([ask(), finish()]) : (await Promise.all([finish(), ask()])).reverse();
          expect(finished).not.toBeNull();
          expect(await runs().find(run.id)).toEqual(finished);
          expect(finished?.meta.cancel).toEqual(asked?.meta.cancel);
        }
      });
    });

    describe('the end', () => {
      const end = anEnd({
        status: 'failed',
        reason: 'signal',
        message: 'ended by SIGSEGV',
        exitCode: null,
        signal: 'SIGSEGV',
        outputTail: 'last\0words 🌍',
        leftovers: [{ pid: 5, command: 'sleep 9', ended: true }],
        signalled: { signals: ['SIGTERM'], processes: 1, survivors: 'none' } as const,
        result: [1, { two: null }],
      });

      it('is written for the holder of the token only', async () => {
        const run = await running();
        expect(await runs().finishRunning(run.id, 'stranger', end, at(9))).toBeNull();
        expect(await runs().find(run.id)).toEqual(run);
        const expected = finishRun(run, end, at(9));
        expect(expected.meta.durationMs).toBe(8000);
        expect(await runs().finishRunning(run.id, TOKEN, end, at(9))).toEqual(expected);
        expect(await runs().find(run.id)).toEqual(expected);
        expect(await runs().finishRunning(newId(), TOKEN, end, at(9))).toBeNull();
      });

      it('has the duration that was measured, and never a negative one where nobody measured it', async () => {
        const measured = await running();
        expect(await runs().finishRunning(measured.id, TOKEN, anEnd({ durationMs: 1234 }), at(-3600))).toMatchObject({
          finishedAt: at(-3600),
          meta: { durationMs: 1234 },
        });
        const interrupted = await running();
        const ended = await runs().finishRunning(interrupted.id, TOKEN, anEnd(), at(-3600));
        expect(ended?.meta.durationMs).toBe(0);
        expect(await runs().find(interrupted.id)).toEqual(ended);
      });

      it('has no result where the script had none', async () => {
        const run = await running();
        expect((await runs().finishRunning(run.id, TOKEN, anEnd(), at(9)))?.meta).not.toHaveProperty('result');
      });

      it('of a queued run has no duration, and needs the run to be queued', async () => {
        const run = await queued();
        expect(await runs().finishRunning(run.id, TOKEN, end, at(9))).toBeNull();
        const canceled = anEnd({ status: 'canceled', reason: 'canceled', exitCode: null, outputTail: '', lastSeq: 1 });
        const expected = finishRun(run, canceled, at(9));
        expect(expected.meta.durationMs).toBeNull();
        expect(await runs().finishQueued(run.id, canceled, at(9))).toEqual(expected);
        expect(await runs().find(run.id)).toEqual(expected);
        const started = await running();
        expect(await runs().finishQueued(started.id, canceled, at(9))).toBeNull();
        expect(await runs().find(started.id)).toEqual(started);
        expect(await runs().finishQueued(newId(), canceled, at(9))).toBeNull();
      });

      it('is written exactly once by many who race for it', async () => {
        const run = await running();
        const ends = times(scaled(50, volume), (n) => anEnd({ exitCode: n, lastSeq: n }));
        const answers = await Promise.all(ends.map((each) => runs().finishRunning(run.id, TOKEN, each, at(9))));
        const won = answers.filter((answer) => answer !== null);
        expect(won).toHaveLength(1);
        expect(await runs().find(run.id)).toEqual(won[0]);
      });

      it('excludes a claim that races it', async () => {
        for (let round = 0; round < scaled(20, volume); round++) {
          const run = await queued();
          const claim = () => runs().claim(run.id, TOKEN, at(1));
          const finish = () => runs().finishQueued(run.id, anEnd({ status: 'canceled' }), at(1));
          const answers = await Promise.all(round % 2 ? [claim(), finish()] : [finish(), claim()]);
          const won = answers.filter((answer) => answer !== null);
          expect(won).toHaveLength(1);
          expect(await runs().find(run.id)).toEqual(won[0]);
        }
      });

      it('is never changed again', async () => {
        for (const status of ['succeeded', 'failed', 'canceled', 'timed_out'] as const) {
          const run = await running();
          const ended = await runs().finishRunning(run.id, TOKEN, anEnd({ status }), at(9));
          expect(ended?.status).toBe(status);
          expect(await runs().claim(run.id, TOKEN, at(10))).toBeNull();
          expect(await runs().recordProgress(run.id, TOKEN, aProgress(), at(10))).toBeNull();
          await runs().recordProcess(run.id, TOKEN, PROCESS);
          expect(await runs().finishRunning(run.id, TOKEN, end, at(10))).toBeNull();
          expect(await runs().finishQueued(run.id, end, at(10))).toBeNull();
          expect(await runs().requestCancel(run.id, CANCEL, anAuditEvent())).toEqual(ended);
          expect(await runs().find(run.id)).toEqual(ended);
        }
      });
    });

    describe('what is active', () => {
      it('of an owner is what it accepted and has not ended, oldest first', async () => {
        const claim = { owner: 'server-2', token: null, process: null };
        const [c, a, b] = await insert(
          aRun({ claim, createdAt: at(5) }),
          aRun({ claim, createdAt: at(1), outputTail: 'tail' }),
          aRun({ claim, createdAt: at(1) }),
          aSuccess(5, { claim }),
          aRun(),
          aRun({ claim: { owner: null, token: null, process: null } }),
        );
        const b2 = await runs().claim(b.id, TOKEN, at(6));
        expect(await runs().activeOf('server-2')).toEqual([a, b2, c]);
        await runs().finishRunning(b.id, TOKEN, anEnd(), at(7));
        expect((await runs().activeOf('server-2')).map(({ id }) => id)).toEqual([a.id, c.id]);
        expect(await runs().activeOf('server-3')).toEqual([]);
      });

      it('of a script is what has not ended, whoever accepted it, oldest first', async () => {
        const scriptId = newId();
        const [b, a, c] = await insert(
          aRun({ scriptId, createdAt: at(2) }),
          aRun({ scriptId, createdAt: at(1), claim: { owner: 'server-2', token: null, process: null } }),
          aRun({ scriptId, createdAt: at(2), claim: { owner: null, token: null, process: null } }),
          aSuccess(5, { scriptId }),
          aRun(),
        );
        expect(await runs().activeOfScript(scriptId)).toEqual([a, b, c]);
        await runs().finishQueued(a.id, anEnd({ status: 'canceled' }), at(7));
        expect(await runs().activeOfScript(scriptId)).toEqual([b, c]);
        expect(await runs().activeOfScript(newId())).toEqual([]);
      });
    });

    describe('taking over', () => {
      it('sees the running runs of other servers, oldest first, and nothing else', async () => {
        const claim = { owner: 'server-2', token: null, process: null };
        const [late, early] = await insert(
          aRun({ claim, createdAt: at(5), outputTail: 'tail' }),
          aRun({ claim, createdAt: at(1) }),
          aRun({ claim }),
          aSuccess(5, { claim }),
          aRun({ status: 'running', claim: { owner: null, token: null, process: null } }),
        );
        await running();
        const seen = [];
        for (const { id } of [early, late]) seen.push(summary((await runs().claim(id, TOKEN, at(6)))!));
        expect(await runs().runningElsewhere('server-1')).toEqual(seen);
        expect(await runs().runningElsewhere('server-2')).toHaveLength(1);
      });

      it('gives the run to the new token only, and remembers it for its owner', async () => {
        const run = await running();
        await runs().recordProcess(run.id, TOKEN, PROCESS);
        const [seen] = await runs().runningElsewhere('server-9');
        const taken = { ...run, updatedAt: at(60), claim: { owner: 'server-1', token: 'new', process: PROCESS } };
        expect(await runs().takeOver(seen!, 'new', at(60))).toEqual(taken);
        expect(await runs().find(run.id)).toEqual(taken);
        expect(await runs().recordProgress(run.id, TOKEN, aProgress(), at(61))).toBeNull();
        expect(await runs().finishRunning(run.id, TOKEN, anEnd(), at(61))).toBeNull();
        const ended = await runs().finishRunning(run.id, 'new', anEnd({ status: 'failed' }), at(62));
        expect(ended?.status).toBe('failed');
        expect(await runs().unsweptOf('server-1')).toEqual([ended]);
        expect(await runs().unsweptOf('server-9')).toEqual([]);
        await runs().noteSwept(run.id);
        expect(await runs().unsweptOf('server-1')).toEqual([]);
        expect(await runs().find(run.id)).toEqual(ended);
      });

      it('does nothing when the run has changed since, or has ended', async () => {
        const run = await running();
        const [seen] = await runs().runningElsewhere('server-9');
        const renewed = await runs().recordProgress(run.id, TOKEN, aProgress(), at(3));
        expect(await runs().takeOver(seen!, 'new', at(60))).toBeNull();
        expect(await runs().find(run.id)).toEqual(renewed);
        const [again] = await runs().runningElsewhere('server-9');
        await runs().finishRunning(run.id, TOKEN, anEnd(), at(4));
        expect(await runs().takeOver(again!, 'new', at(60))).toBeNull();
        expect(await runs().unsweptOf('server-1')).toEqual([]);
      });

      it('lets exactly one of many racing servers win', async () => {
        const run = await running();
        const [seen] = await runs().runningElsewhere('server-9');
        const tokens = times(scaled(50, volume), (n) => `token-${n}`);
        const answers = await Promise.all(tokens.map((token, n) => runs().takeOver(seen!, token, at(60 + n))));
        const won = answers.filter((answer) => answer !== null);
        expect(won).toHaveLength(1);
        expect(await runs().find(run.id)).toEqual(won[0]);
      });
    });

    describe('adopting', () => {
      const theirs = { owner: 'server-2', token: null, process: null };
      const to = { from: 'server-2', to: 'server-1', cancel: null };

      it('sees the queued runs of other servers, oldest first, and nothing else', async () => {
        const [late, early] = await insert(
          aRun({ claim: theirs, createdAt: at(5), outputTail: 'tail' }),
          aRun({ claim: theirs, createdAt: at(1) }),
          aRun(),
          aSuccess(5, { claim: theirs }),
          aRun({ status: 'running', claim: { ...theirs, token: TOKEN } }),
          aRun({ claim: { owner: null, token: null, process: null } }),
        );
        expect(await runs().queuedElsewhere('server-1')).toEqual([summary(early), summary(late)]);
        expect(await runs().queuedElsewhere('server-2')).toHaveLength(1);
      });

      it('changes the owner of a queued run, and asks for its end in the same step', async () => {
        const [kept, canceled] = await insert(aRun({ claim: theirs }), aRun({ claim: theirs }));
        const adopted = { ...kept, updatedAt: at(9), claim: { ...theirs, owner: 'server-1' } };
        expect(await runs().adopt(kept.id, to, at(9), anAuditEvent())).toEqual(adopted);
        expect(await runs().find(kept.id)).toEqual(adopted);
        expect(await runs().adopt(canceled.id, { ...to, cancel: CANCEL }, at(9), anAuditEvent())).toEqual(
          adoptRun(canceled, { ...to, cancel: CANCEL }, at(9)),
        );
        expect(await runs().find(canceled.id)).toMatchObject({ status: 'queued', meta: { cancel: CANCEL } });
        expect(await runs().activeOf('server-1')).toHaveLength(2);
      });

      it('keeps the request that stands', async () => {
        const [asked] = await insert(aRun({ claim: theirs, meta: { cancel: CANCEL } }));
        const other = { at: at(7), by: { type: 'admin' as const, name: 'another' } };
        const adopted = await runs().adopt(asked.id, { ...to, cancel: other }, at(9), anAuditEvent());
        expect(adopted).toMatchObject({ meta: { cancel: CANCEL }, claim: { owner: 'server-1' } });
      });

      it('does nothing when the run is another’s, has started or has ended', async () => {
        const [own, started, ended] = await insert(aRun(), aRun({ claim: theirs }), aSuccess(5, { claim: theirs }));
        const claimed = await runs().claim(started.id, TOKEN, at(1));
        for (const { id } of [own, started, ended]) {
          expect(await runs().adopt(id, to, at(9), anAuditEvent())).toBeNull();
          expect(await runs().adopt(id, { ...to, cancel: CANCEL }, at(9), anAuditEvent())).toBeNull();
        }
        expect(await runs().adopt(newId(), to, at(9), anAuditEvent())).toBeNull();
        expect(await runs().find(own.id)).toEqual(own);
        expect(await runs().find(started.id)).toEqual(claimed);
        expect(await runs().find(ended.id)).toEqual(ended);
      });

      it('lets exactly one of many racing servers win', async () => {
        const [run] = await insert(aRun({ claim: theirs }));
        const names = times(scaled(50, volume), (n) => `server-x${n}`);
        const answers = await Promise.all(
          names.map((to) => runs().adopt(run.id, { from: 'server-2', to, cancel: null }, at(9), anAuditEvent())),
        );
        const won = answers.filter((answer) => answer !== null);
        expect(won).toHaveLength(1);
        expect(await runs().find(run.id)).toEqual(won[0]);
      });
    });

    describe('activity', () => {
      const durations = async (...ms: number[]): Promise<number | null | undefined> => {
        const scriptId = newId();
        await insert(...ms.map((each, n) => aSuccess(each, { scriptId, createdAt: at(n) })));
        return (await runs().activity([scriptId])).get(scriptId)?.usualDurationMs;
      };

      it('has the last run and the usual duration of each script asked for', async () => {
        const [busy, idle, failing] = [newId(), newId(), newId()];
        const last = aRun({ scriptId: busy, createdAt: at(9), outputTail: 'x' });
        const lastFailed = aRun({ scriptId: failing, status: 'failed', createdAt: at(1), meta: { durationMs: 7 } });
        await insert(
          last,
          aSuccess(100, { scriptId: busy, createdAt: at(9), id: `00${newId().slice(2)}` }),
          aSuccess(300, { scriptId: busy, createdAt: at(1) }),
          aRun({ scriptId: busy, status: 'failed', createdAt: at(2), meta: { durationMs: 1 } }),
          lastFailed,
          aSuccess(5, { scriptId: newId() }),
        );
        const activity = await runs().activity([busy, idle, failing]);
        expect([...activity.keys()].sort()).toEqual([busy, idle, failing].sort());
        expect(activity.get(busy)).toEqual({ lastRun: summary(last), usualDurationMs: 200 });
        expect(activity.get(busy)?.lastRun).not.toHaveProperty('outputTail');
        expect(activity.get(idle)).toEqual({ lastRun: null, usualDurationMs: null });
        expect(activity.get(failing)).toEqual({ lastRun: summary(lastFailed), usualDurationMs: null });
        expect((await runs().activity([])).size).toBe(0);
      });

      it('takes the median, and the rounded mean of the middle two where there is no middle', async () => {
        expect(await durations(70)).toBe(70);
        expect(await durations(900, 10, 30)).toBe(30);
        expect(await durations(10, 100, 5, 21)).toBe(16);
        expect(await durations(0, 0)).toBe(0);
      });

      it('looks at the last 20 successes only', async () => {
        expect(await durations(9000, 9000, 9000, ...times(20, (n) => n + 1))).toBe(11);
        expect(await durations(...times(20, () => 9000), ...times(11, () => 3))).toBe(3);
      });
    });
  });
};

const TOKEN = '0123456789abcdef0123456789abcdef';
const CANCEL: CancelRequest = { at: at(5), by: { type: 'admin', name: 'admin' } };
const PROCESS: ProcessIdentity = {
  pid: 4321,
  startTime: '18446744073709551615',
  bootId: '6f5b1c1e-6d0d-4a63-9d6d-0c6d8f0a7d11',
  cookie: 'c00c1e',
  cgroup: null,
  server: { pid: 1234, startTime: '18446744073709551614', namespace: 'pid:[4026531836]' },
};

const summary = ({ outputTail: _, ...run }: ScriptRun): RunSummary => run;

const spoil = (run: RunSummary): void => {
  run.createdAt.setFullYear(1999);
  run.updatedAt.setFullYear(1999);
  run.meta.cancel?.at.setFullYear(1999);
  Object.assign(run, { status: 'timed_out' });
  Object.assign(run.claim, { owner: 'spoilt', token: 'spoilt' });
  Object.assign(run.meta.script, { name: 'spoilt' });
  Object.assign(run.meta.output, { bytes: -1 });
  Object.assign((run.meta.result as object | undefined) ?? {}, { deep: 'spoilt' });
  (run.meta.leftovers as unknown[]).push('spoilt');
};
