import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReactiveControllerHost } from 'lit';
import { RunFollower } from '../../../src/ui/live/follow-run.js';
import { eventually } from '../../support/eventually.js';

const host = {
  addController: () => undefined,
  requestUpdate: () => undefined,
} as unknown as ReactiveControllerHost;

const LAST = 25;
const event = (seq: number) =>
  seq === LAST
    ? { seq, type: 'done', ts: '2026-01-01T00:00:00.000Z', status: 'succeeded' }
    : { seq, type: 'log', ts: '2026-01-01T00:00:00.000Z', stream: 'stdout', line: `line ${seq}\n` };

const realFetch = globalThis.fetch;
let asked: number[];
beforeEach(() => {
  asked = [];
  // Pages of three, as where events are large.
  globalThis.fetch = async (url) => {
    const since = Number(new URL(url as string).searchParams.get('since'));
    asked.push(since);
    const items = [1, 2, 3].map((n) => since + n).filter((seq) => seq <= LAST);
    const headers = { get: () => 'application/json' };
    return { ok: true, status: 200, headers, json: async () => ({ items: items.map(event) }) } as unknown as Response;
  };
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

describe('a run that is followed by polling', () => {
  it('is read to its end in one go, though pages are shorter than was asked for', async () => {
    const seen: number[] = [];
    const follower = new RunFollower(host, { onEvents: (events) => seen.push(...events.map(({ seq }) => seq)) });
    follower.follow('65f0c0ffee0123456789abcd');
    await follower.poll(new AbortController().signal);
    await eventually(() => expect(seen).toEqual(Array.from({ length: LAST }, (_, i) => i + 1)));
    expect(asked).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24]);
  });
});
