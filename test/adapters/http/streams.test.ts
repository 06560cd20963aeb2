import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fixedClock, type FixedClock } from '../../../src/adapters/system/fixed-clock.js';
import type { EncodedEvent } from '../../../src/domain/run/run-event.js';
import { eventually } from '../../support/eventually.js';
import { exited } from '../../support/scripted-runner.js';
import { type Api, startApi } from './support/api.js';
import { type Viewer, watch } from './support/sse-client.js';

const RUNS = '/api/admin/scripts/runs';

let api: Api;
let viewers: Viewer[];
beforeEach(async () => {
  api = await startApi();
  viewers = [];
});
afterEach(async () => {
  for (const viewer of viewers) viewer.leave();
  await api.close();
});

const view = async (path: string, options?: Parameters<typeof watch>[2], of: Api = api): Promise<Viewer> => {
  const viewer = await watch(of, path, options);
  viewers.push(viewer);
  return viewer;
};

const finishedRun = async (): Promise<string> => {
  const { runId } = await api.world.startRun();
  await api.world.runner.runs.at(-1)!.print('hello\n');
  api.world.runner.runs.at(-1)!.end(exited(7));
  await eventually(async () => expect((await api.world.run(runId)).status).toBe('failed'));
  return runId;
};

describe('the stream of a run', () => {
  it('is framed to the letter', async () => {
    const runId = await finishedRun();
    const viewer = await view(`${RUNS}/${runId}/stream`);
    expect(viewer.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(await viewer.over).toBe('ended');
    const ts = '"ts":"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"';
    const end = '"status":"failed","exitCode":7,"signal":null,"reason":"exit-code"';
    const frames = [
      `id: 1\nevent: status\ndata: {"seq":1,"type":"status",${ts},"status":"queued"}`,
      `id: 2\nevent: status\ndata: {"seq":2,"type":"status",${ts},"status":"running"}`,
      `id: 3\nevent: log\ndata: {"seq":3,"type":"log",${ts},"stream":"stdout","line":"hello\\\\n"}`,
      `id: 4\nevent: status\ndata: {"seq":4,"type":"status",${ts},${end}}`,
      `id: 5\nevent: done\ndata: {"seq":5,"type":"done",${ts},${end}}`,
    ];
    expect(viewer.text()).toMatch(new RegExp(`^retry: 1000\n${frames.join('\n\n')}\n\n$`));
  });

  it('begins at once, tells what happens as it happens, and ends with done', async () => {
    const { runId } = await api.world.startRun();
    const viewer = await view(`${RUNS}/${runId}/stream`);
    await eventually(() => expect(viewer.frames()).toHaveLength(2));
    await api.world.runner.runs[0]!.print('live\n');
    await eventually(() => expect(viewer.frames().at(-1)?.data).toContain('live'));
    api.world.runner.runs[0]!.end();
    expect(await viewer.over).toBe('ended');
    expect(viewer.frames().at(-1)).toMatchObject({ id: '5', event: 'done' });
  });

  it('goes on after Last-Event-ID, which wins over since', async () => {
    const runId = await finishedRun();
    const idsOf = async (query: string, headers = {}): Promise<unknown[]> => {
      const viewer = await view(`${RUNS}/${runId}/stream${query}`, { headers });
      await viewer.over;
      return viewer.frames().map(({ id }) => id);
    };
    expect(await idsOf('?since=3')).toEqual(['4', '5']);
    expect(await idsOf('?since=0', { 'last-event-id': '4' })).toEqual(['5']);
    expect(await idsOf('?since=4', { 'last-event-id': '' })).toEqual(['5']); // none
    expect(await idsOf('?since=5', { 'last-event-id': '2' })).toEqual(['3', '4', '5']);
  });

  it('is 204 at or past done, so that an EventSource stops', async () => {
    const runId = await finishedRun();
    for (const since of [5, 6, 1000]) {
      const { status, text } = await api.call('GET', `${RUNS}/${runId}/stream?since=${since}`);
      expect([status, text]).toEqual([204, '']);
    }
  });

  it.each([
    ['?since=abc', {}, 'since'],
    ['?since=-1', {}, 'since'],
    ['?since=1.5', {}, 'since'],
    ['?since=', {}, 'since'],
    ['?since=1&since=2', {}, 'since'],
    ['?from=1', {}, 'from'],
    ['?since=9007199254740992', {}, 'since'],
    ['', { 'last-event-id': '9007199254740992' }, 'Last-Event-ID'],
    ['', { 'last-event-id': 'abc' }, 'Last-Event-ID'],
    ['', { 'last-event-id': '-1' }, 'Last-Event-ID'],
  ])('refuses %j with %j, naming %s', async (query, headers, path) => {
    const { runId } = await api.world.startRun();
    const { status, json } = await api.call('GET', `${RUNS}/${runId}/stream${query}`, { headers });
    expect([status, json.issues[0]?.path]).toEqual([400, path]);
    expect(api.world.bus.subscriptions).toBe(0);
  });

  it.each([
    ['?since=99', {}],
    ['?since=9007199254740991', {}],
    ['', { 'last-event-id': '9007199254740991' }],
  ])('refuses a number that was not given yet: %s, %j', async (query, headers) => {
    const { runId } = await api.world.startRun();
    const { status, json } = await api.call('GET', `${RUNS}/${runId}/stream${query}`, { headers });
    expect([status, json.code]).toEqual([400, 'events.not-given-yet']);
  });

  it('is not opened for HEAD, which answers as GET would', async () => {
    const { runId } = await api.world.startRun();
    const { status, headers } = await api.call('HEAD', `${RUNS}/${runId}/stream`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect((await api.call('HEAD', `${RUNS}/65f0c0ffee0123456789abcd/stream`)).status).toBe(404);
    expect((await api.call('HEAD', `${RUNS}/${await finishedRun()}/stream?since=5`)).status).toBe(204);
    expect((await api.call('HEAD', `${RUNS}/stream`)).headers.get('content-type')).toBe('text/event-stream');
    expect(api.world.bus.subscriptions).toBe(0);
  });

  it('ends without done when the server stops', async () => {
    const { runId } = await api.world.startRun();
    const run = await view(`${RUNS}/${runId}/stream`);
    const runs = await view(`${RUNS}/stream`);
    await eventually(() => expect(run.frames()).toHaveLength(2));
    api.stopping.abort();
    expect(await run.over).toBe('ended');
    expect(await runs.over).toBe('ended');
    expect(run.text()).not.toContain('event: done');
    const late = await view(`${RUNS}/${runId}/stream`);
    expect(await late.over).toBe('ended');
    await eventually(() => expect(api.world.bus.subscriptions).toBe(0));
  });

  it('is cut, and logged, when its events cannot be read any more', async () => {
    const failing = await startApi({
      followRun: () => Promise.resolve(failingBatches()),
    });
    try {
      const viewer = await view(`${RUNS}/65f0c0ffee0123456789abcd/stream`, {}, failing);
      expect(await viewer.over).toBe('cut');
      await eventually(() =>
        expect(failing.logged).toEqual([
          {
            level: 'error',
            message: 'an answer broke off',
            fields: { err: expect.objectContaining({ message: 'gone' }) },
          },
        ]),
      );
    } finally {
      await failing.close();
    }
  });
});

describe('pings', () => {
  let clock: FixedClock;
  let still: Api;
  beforeEach(async () => {
    clock = fixedClock();
    still = await startApi({}, { clock });
  });
  afterEach(() => still.close());

  it('come after 15 s of silence, and only then', async () => {
    const { runId } = await still.world.startRun();
    const viewer = await view(`${RUNS}/${runId}/stream`, {}, still);
    await eventually(() => expect(viewer.frames()).toHaveLength(2));
    const pings = (): number =>
      viewer
        .text()
        .split('\n\n')
        .filter((part) => part === 'event: ping\ndata: {}').length; // never the first, which has retry: in it

    await clock.advance(14_000);
    await still.world.runner.runs[0]!.print('not silent\n');
    await eventually(() => expect(viewer.frames()).toHaveLength(3));
    await clock.advance(14_000);
    expect(pings()).toBe(0);
    await clock.advance(1_000);
    await eventually(() => expect(pings()).toBe(1));
    await clock.advance(15_000);
    await eventually(() => expect(pings()).toBe(2));
  });

  it('come on the stream of runs too', async () => {
    const viewer = await view(`${RUNS}/stream`, {}, still);
    await clock.advance(15_000);
    await eventually(() => expect(viewer.text()).toBe('retry: 1000\nevent: ping\ndata: {}\n\n'));
    await clock.advance(15_000);
    await eventually(() => expect(viewer.text()).toBe(`retry: 1000\n${'event: ping\ndata: {}\n\n'.repeat(2)}`));
  });
});

describe('the stream of runs', () => {
  it('tells every change of status in the list form', async () => {
    const viewer = await view(`${RUNS}/stream`);
    const { runId } = await api.world.startRun();
    await api.world.runner.runs[0]!.print('output\n');
    api.world.runner.runs[0]!.end();
    await eventually(() => expect(viewer.frames().at(-1)?.data).toContain('"succeeded"'));
    const told = viewer.frames().map(({ event, data }) => [event, JSON.parse(data!)] as const);
    expect(told.every(([event, run]) => event === 'run' && run.id === runId)).toBe(true);
    const [listed] = (await api.call('GET', `${RUNS}?view=summary`)).json.items;
    expect(told.at(-1)?.[1]).toEqual(listed);
    expect(viewer.text()).not.toMatch(/outputTail|claim|token/);
  });

  it('is open, and listens, before anything has happened', async () => {
    for (let i = 0; i < 20; i++) {
      const viewer = await view(`${RUNS}/stream`);
      expect(viewer.text()).toBe('');
      expect(api.world.bus.subscriptions).toBe(i + 1);
    }
  });
});

async function* failingBatches(): AsyncGenerator<readonly EncodedEvent[]> {
  yield await Promise.resolve([{ seq: 1, type: 'status' as const, json: '{}' }]);
  throw new Error('gone');
}
