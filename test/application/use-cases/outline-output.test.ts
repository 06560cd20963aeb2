import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LineSearch } from '../../../src/application/line-search.js';
import { TOKENS } from '../../../src/composition/container.js';
import { encodeEvent, type LogEvent, type LogStream } from '../../../src/domain/run/run-event.js';
import { makeWorld, type World } from '../../support/world.js';

let world: World;
let runId: string;
beforeEach(async () => {
  world = await makeWorld();
  ({ runId } = await world.startRun());
});
afterEach(() => world.close());

/** Adds to the run's log as if the script had printed it. */
const print = async (pieces: readonly (readonly [LogStream, string])[]): Promise<readonly LogEvent[]> => {
  const writer = await world.store.runLog.open(runId);
  const first = writer.lastSeq + 1;
  const events = pieces.map(([stream, line], i): LogEvent => ({
    seq: first + i,
    type: 'log',
    ts: '2026-01-01T00:00:00.000Z',
    stream,
    line,
  }));
  await writer.append(events.map(encodeEvent));
  await writer.close();
  return events;
};

const outline = () => world.container.resolve(TOKENS.outlineOutput)({ runId });

describe('the outline of a run', () => {
  it('numbers lines as the search does, also where streams interleave and lines stay open', async () => {
    const pieces: [LogStream, string][] = [];
    for (let i = 0; i < 3000; i++) {
      const stream = (['stdout', 'stderr', 'system'] as const)[(i * 7) % 3] ?? 'stdout';
      pieces.push([stream, `${'x'.repeat((i * 37) % 400)}${i % 4 === 0 ? '' : '\n'}${i % 5 === 0 ? 'a\n\nb' : ''}`]);
    }
    const events = await print(pieces);
    const { sections, lastSeq } = await outline();
    expect(lastSeq).toBe(events.at(-1)?.seq);
    expect(sections.length).toBeGreaterThan(10);
    for (const { seq, line } of sections.slice(1)) expect(line).toBe(1 + linesOf(events.filter((e) => e.seq < seq)));
    const all = sections.reduce((sum, { begins }) => sum + begins.stdout + begins.stderr, 0);
    expect(all).toBe(linesOf(events));
  });

  it('ends a section with a line where it can, and with the last event that a page may have', async () => {
    const events = await print([
      ...Array.from({ length: 20 }, (): [LogStream, string] => ['stdout', `${'y'.repeat(16_000)}\nopen`]),
      ['stdout', '\n'],
      ...Array.from({ length: 500 }, (): [LogStream, string] => ['stderr', 'z\n']),
    ]);
    const { sections } = await outline();
    const first = events[0]?.seq ?? 0;
    // 16 005 characters a piece: the first 17 pass twice 128 Ki (262 144) while a line is open.
    expect(sections[1]).toMatchObject({ seq: first + 17, open: ['stdout'] });
    expect(sections[2]).toMatchObject({ seq: first + 17 + 200, open: [] });
    expect(sections[3]).toMatchObject({ seq: first + 17 + 400, open: [] });
    expect(sections).toHaveLength(4);
  });
});

/** How many lines of the script's own streams begin in these events, counted by the search. */
const linesOf = (events: readonly LogEvent[]): number => {
  const search = new LineSearch('', { matchCase: true, limit: 0 });
  for (const event of events) if (event.stream !== 'system') search.add(event);
  search.end();
  return search.found().total;
};
