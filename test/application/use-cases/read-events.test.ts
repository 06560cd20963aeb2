import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeReadEvents } from '../../../src/application/use-cases/read-events.js';
import { TOKENS } from '../../../src/composition/container.js';
import { LIMITS } from '../../../src/domain/limits.js';
import type { EncodedEvent } from '../../../src/domain/run/run-event.js';
import { aLogEvent } from '../../contracts/samples.js';
import { allOf } from '../../support/all-of.js';
import { eventually } from '../../support/eventually.js';
import { makeWorld, type World } from '../../support/world.js';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const bytesOf = (events: readonly EncodedEvent[]): number =>
  events.reduce((sum, { json }) => sum + Buffer.byteLength(json) + 1, 0);

/** A run that has ended, with these lines in its log after the events of its beginning. */
const endedRun = async (lines: readonly string[]): Promise<{ runId: string; lastSeq: number }> => {
  const { runId } = await world.startRun();
  world.runner.runs.at(-1)!.end();
  const { meta } = await eventually(async () => {
    const run = await world.run(runId);
    expect(run.status).toBe('succeeded');
    return run;
  });
  const writer = await world.store.runLog.open(runId);
  await writer.append(lines.map((line, i) => aLogEvent(meta.lastSeq + 1 + i, line)));
  await writer.close();
  return { runId, lastSeq: meta.lastSeq + lines.length };
};

/** All pages of a run whose stored end is put at `lastSeq`, forwards or backwards. */
const pagesOf = async ({ runId, lastSeq }: { runId: string; lastSeq: number }, limit: number) => {
  const run = await world.run(runId);
  const getRun = () => Promise.resolve({ ...run, meta: { ...run.meta, lastSeq } });
  const readEvents = makeReadEvents({ getRun, runLog: world.store.runLog });
  const forwards: EncodedEvent[][] = [];
  for (let since = 0; ;) {
    const page = await allOf(await readEvents({ runId, limit, range: { since } }));
    if (page.length === 0) break;
    forwards.push(page);
    since = page.at(-1)!.seq;
  }
  const backwards: EncodedEvent[][] = [];
  for (let before = lastSeq + 3; before > 1;) {
    const page = await allOf(await readEvents({ runId, limit, range: { before } }));
    backwards.unshift(page);
    before = page[0]!.seq;
  }
  return { forwards, backwards };
};

const large = (length: number) => (_: unknown, i: number) => `${i} ${'x'.repeat(length)}\n`;

describe('pages of events', () => {
  it.each([
    ['large events', 200, Array.from({ length: 100 }, large(60_000))],
    [
      'control characters, which JSON makes six times as large',
      200,
      Array.from({ length: 40 }, () => '\u001b'.repeat(20_000)),
    ],
    ['a few at a time', 7, Array.from({ length: 60 }, large(10))],
    ['many small events', 200, Array.from({ length: 450 }, large(10))],
    ['an event that is larger than a page', 200, ['a\n', 'x'.repeat(2 * LIMITS.eventPageBytes), 'b\n']],
    ['an event that fills a page', 200, ['x'.repeat(LIMITS.eventPageBytes - 200), 'b\n']],
    ['no output', 200, []],
  ])(
    'of %s hold 1 MiB at most or one event, and together each event once, in both directions',
    async (_, limit, lines) => {
      const run = await endedRun(lines);
      const { forwards, backwards } = await pagesOf(run, limit);
      for (const pages of [forwards, backwards]) {
        expect(pages.flat().map(({ seq }) => seq)).toEqual(Array.from({ length: run.lastSeq + 2 }, (__, i) => i + 1));
        for (const page of pages) {
          expect(page.length).toBeLessThanOrEqual(limit);
          if (page.length > 1) expect(bytesOf(page)).toBeLessThanOrEqual(LIMITS.eventPageBytes);
        }
      }
      expect(forwards.at(-1)!.at(-1)!.type).toBe('done');
      expect(backwards.flat()).toEqual(forwards.flat());
    },
  );

  it('are as full as they can be', async () => {
    const run = await endedRun(Array.from({ length: 100 }, large(60_000)));
    const { forwards, backwards } = await pagesOf(run, 200);
    for (const pages of [forwards.slice(0, -1), backwards.slice(1)])
      for (const page of pages) expect(bytesOf(page)).toBeGreaterThan(LIMITS.eventPageBytes - 70_000);
  });

  it('are read from the log as they are taken', async () => {
    const { runId } = await endedRun(Array.from({ length: 100 }, large(60_000)));
    const { runLog } = world.store;
    const read = runLog.read.bind(runLog);
    let reads = 0;
    runLog.read = (...args) => {
      reads++;
      return read(...args);
    };
    const page = await world.container.resolve(TOKENS.readEvents)({ runId, limit: 200, range: { since: 0 } });
    expect(reads).toBe(0);
    const parts = page[Symbol.asyncIterator]();
    await parts.next();
    expect(reads).toBe(1);
    await parts.return?.();
  });
});
