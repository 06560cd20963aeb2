import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LogEvent } from '../../../src/domain/run/run-event.js';
import { eventually } from '../../support/eventually.js';
import { type Api, startApi } from './support/api.js';

let api: Api;
let runId: string;
let run: string;
beforeEach(async () => {
  api = await startApi();
  ({ runId } = await api.world.startRun());
  run = `/api/admin/scripts/runs/${runId}`;
  const [scripted] = api.world.runner.runs;
  await scripted!.print('Größe 1\nsecond ');
  await eventually(async () => expect(await api.world.store.runLog.lastSeq(runId)).toBe(3));
  await scripted!.print('warn\n', 'stderr');
  await eventually(async () => expect(await api.world.store.runLog.lastSeq(runId)).toBe(4));
  await scripted!.print('LINE\n');
  scripted!.end();
  await eventually(async () => expect((await api.world.run(runId)).status).toBe('succeeded'));
});
afterEach(() => api.close());

const seqs = async (query: string): Promise<unknown[]> =>
  (await api.call('GET', `${run}/events${query}`)).json.items.map(({ seq }) => seq);

describe('the events of a run, by pages', () => {
  it('are the same as those of the stream', async () => {
    const { json } = await api.call('GET', `${run}/events`);
    expect(json.items.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'status'],
      [2, 'status'],
      [3, 'log'],
      [4, 'log'],
      [5, 'log'],
      [6, 'status'],
      [7, 'done'],
    ]);
    expect(json.items[2]).toMatchObject({ stream: 'stdout', line: 'Größe 1\nsecond ' });
    const stream = await (await api.fetch(`${run}/stream`)).text();
    const data = [...stream.matchAll(/^data: (.*)$/gm)].map(([, line]) => JSON.parse(line!) as unknown);
    expect(data).toEqual(json.items);
  });

  it('go on after since and back from before', async () => {
    expect(await seqs('?since=2&limit=2')).toEqual([3, 4]);
    expect(await seqs('?since=6')).toEqual([7]);
    expect(await seqs('?since=99')).toEqual([]);
    expect(await seqs('?before=5&limit=2')).toEqual([3, 4]);
    expect(await seqs('?before=1000&limit=3')).toEqual([5, 6, 7]);
  });

  it.each([
    ['?since=1&before=3', 'before'],
    ['?since=-1', 'since'],
    ['?before=0', 'before'],
    ['?limit=1000', 'limit'],
    ['?after=1', 'after'],
  ])('refuse %s, naming %s', async (query, path) => {
    const { status, json } = await api.call('GET', `${run}/events${query}`);
    expect([status, json.issues[0]?.path]).toEqual([400, path]);
  });
});

describe('the output of a run', () => {
  it('is plain text, of both streams or one', async () => {
    const whole = await api.call('GET', `${run}/log`);
    expect(whole.text).toBe('Größe 1\nsecond warn\nLINE\n');
    expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff');
    expect(whole.headers.get('content-disposition')).toBeNull();
    expect((await api.call('GET', `${run}/log?stream=stderr`)).text).toBe('warn\n');
    expect((await api.call('GET', `${run}/log?stream=stdout&download=0`)).text).toBe('Größe 1\nsecond LINE\n');
  });

  it('is a file when it is asked for as one', async () => {
    const { headers } = await api.call('GET', `${run}/log?download=1`);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="rotate-${runId}.log"`);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('has a name that is safe whatever the script is called', async () => {
    const odd = await startApi({
      readOutput: () =>
        Promise.resolve({ name: 'größe"\r\n../x', droppedBytes: 0, limit: 'MAX_LOG_BYTES', pieces: piecesOf() }),
    });
    try {
      const { headers } = await odd.call('GET', `${run}/log?download=1`);
      expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[\w?]+\.log"$/);
    } finally {
      await odd.close();
    }
  });

  it('says at its end what was not kept', async () => {
    const capped = await startApi({
      readOutput: () =>
        Promise.resolve({ name: 'x', droppedBytes: 1234, limit: 'MAX_LOG_BYTES', pieces: piecesOf('cut', 'off') }),
    });
    try {
      const { text } = await capped.call('GET', `${run}/log`);
      expect(text).toBe('cutoff\n[runlet] 1234 bytes that followed were not kept (MAX_LOG_BYTES)\n');
    } finally {
      await capped.close();
    }
  });

  it('is not opened for HEAD', async () => {
    const { status, headers, text } = await api.call('HEAD', `${run}/log?download=1`);
    expect([status, text]).toEqual([200, '']);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('is refused with a stream that is none', async () => {
    const { json } = await api.call('GET', `${run}/log?stream=stdin`);
    expect(json.issues).toEqual([{ path: 'stream', message: 'must be one of stdout, stderr' }]);
  });
});

describe('the outline of the output', () => {
  it('says which lines begin where', async () => {
    const { json } = await api.call('GET', `${run}/outline`);
    expect(json).toEqual({
      items: [{ seq: 1, line: 1, begins: { stdout: 2, stderr: 1, system: 0 }, open: [] }],
      lastSeq: 5,
    });
  });
});

describe('searching the output', () => {
  const search = async (query: string) => (await api.call('GET', `${run}/search?${query}`)).json;

  it('finds lines that span events, folding case', async () => {
    expect(await search('q=second%20line')).toEqual({
      items: [{ seq: 3, line: 2, text: 'second LINE' }],
      total: 1,
      skipped: 0,
      complete: true,
    });
    expect(await search('q=second%20line&case=1')).toMatchObject({ items: [], total: 0 });
    expect(await search('q=GR%C3%96SSE')).toMatchObject({ total: 0 });
    expect(await search('q=e&stream=stdout&limit=1')).toMatchObject({ items: [{ line: 1 }], total: 2 });
  });

  it('answers the lines around one, and how many come before them', async () => {
    expect(await search('q=e&around=3&limit=2')).toMatchObject({
      items: [{ line: 2 }],
      total: 2,
      skipped: 1,
    });
    expect(await search('q=e&around=2&limit=2')).toMatchObject({ items: [{ line: 1 }, { line: 2 }], skipped: 0 });
  });

  it.each([
    ['', 'q', 'is missing'],
    ['q=x&around=0', 'around', 'must be a whole number of at least 1'],
    ['q=', 'q', 'must not be empty'],
    [`q=${'ö'.repeat(1001)}`, 'q', 'must have at most 1000 characters'],
    ['q=x&case=yes', 'case', 'must be one of 0, 1'],
    ['q=x&stream=system', 'stream', 'must be one of stdout, stderr'],
  ])('refuses ?%.12s, naming %s', async (query, path, message) => {
    const { status, json } = await api.call('GET', `${run}/search?${query}`);
    expect(status).toBe(400);
    expect(json.issues).toEqual([{ path, message }]);
  });
});

async function* piecesOf(...lines: string[]): AsyncGenerator<LogEvent> {
  for (const line of lines) {
    yield await Promise.resolve({ seq: 1, type: 'log' as const, ts: '', stream: 'stdout' as const, line });
  }
}
