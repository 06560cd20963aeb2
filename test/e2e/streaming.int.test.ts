import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type ApiClient, printedOn, RUNS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import { openFiles } from './support/processes.js';
import { PROJECT, type Server, startServer } from './support/server.js';
import { temporaryFolder } from './support/temporary-folder.js';
import type { ErrorJson, EventJson, Listed, RunJson } from './support/wire-types.js';

const LINES = 100_000;
const VIEWERS = 1000;
/** Files that a server may come to keep open meanwhile: connections to its store, pipes, sandboxes. */
const KEPT_READY = 40;
/** All of the server's heap is written out and read for it. */
const COUNTING = { timeoutMs: 30_000 };
const countInboxes = pathToFileURL(`${PROJECT}test/fixtures/count-inboxes.mjs`).href;

await describeOnEachStore('Watching over HTTP', (store) => {
  let server: Server;
  let api: ApiClient;
  let gates: string;

  beforeAll(async () => {
    server = await startServer({
      ...(await store.fresh()),
      NODE_OPTIONS: `--import=${countInboxes}`,
      INBOXES_OF: `${PROJECT}dist/application/event-inbox.js`,
    });
    api = server.api;
    gates = await temporaryFolder();
  }, 30_000);

  /** A script that prints, waits for a file and ends. */
  const startWaiting = async (name: string): Promise<{ runId: string; end: () => Promise<void> }> => {
    const gate = join(gates, name);
    const runId = await api.run({
      script: `echo silent from here on; until [ -e ${gate} ]; do sleep 0.05; done; echo end`,
    });
    await api.printed(runId, 'silent');
    return { runId, end: () => writeFile(gate, '') };
  };

  it('gives viewers who drop and resume at random every line once, in order', async () => {
    const lines = LINES * store.volume;
    const batch = lines / 100;
    const runId = await api.run({
      script: `for ((i = 0; i < 100; i++)); do
        seq -f 'out %.0f' $((i * ${batch} + 1)) $(((i + 1) * ${batch}))
        seq -f 'err %.0f' $((i * ${batch} + 1)) $(((i + 1) * ${batch})) >&2
        sleep 0.01
      done`,
    });
    const viewers = await Promise.all(Array.from({ length: 5 }, () => watchWithDrops(api, runId)));
    const expected = (name: string) => Array.from({ length: lines }, (_, i) => `${name} ${i + 1}\n`).join('');
    for (const { events, drops } of viewers) {
      expect(drops).toBeGreaterThan(3);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(printedOn('stdout', events) === expected('out')).toBe(true);
      expect(printedOn('stderr', events) === expected('err')).toBe(true);
      expect(events.at(-1)).toMatchObject({ type: 'done', status: 'succeeded' });
    }
    expect(await api.runOf(runId)).toMatchObject({ meta: { output: { lines: 2 * lines, droppedBytes: 0 } } });
    expect((await api.log(runId, '?stream=stderr')) === expected('err')).toBe(true);
  }, 60_000);

  it('keeps nothing of viewers who leave a silent run', async () => {
    const { runId, end } = await startWaiting('left-by-viewers');
    const before = openFiles(server.pid);
    const leaves: (() => void)[] = [];
    for (let i = 0; i < VIEWERS * store.volume; i += 50) {
      const streams = await Promise.all(Array.from({ length: 50 }, () => api.openStream(`${RUNS}/${runId}/stream`)));
      leaves.push(...streams.map(({ leave }) => leave));
    }
    await eventually(async () => expect(await inboxesOf(server)).toBe(leaves.length), COUNTING);
    expect(openFiles(server.pid)).toBeGreaterThanOrEqual(leaves.length);
    for (const leave of leaves) leave();
    await eventually(() => expect(openFiles(server.pid)).toBeLessThanOrEqual(before + KEPT_READY));
    await eventually(async () => expect(await inboxesOf(server)).toBe(0), COUNTING);
    await end();
    expect(await api.ended(runId)).toMatchObject({ status: 'succeeded' });
    expect(server.stderr()).not.toMatch(/ECONNRESET|PREMATURE/);
  }, 120_000);

  it('resumes by Last-Event-ID, which wins over since', async () => {
    const { id } = await api.runToEnd({ script: 'echo one; sleep 0.1; echo two' });
    const all = await api.events(id);
    const path = `${RUNS}/${id}/stream`;
    for (const [url, headers, from] of [
      [path, {}, 0],
      [`${path}?since=2`, {}, 2],
      [path, { 'last-event-id': '3' }, 3],
      [`${path}?since=1`, { 'last-event-id': '3' }, 3],
      [`${path}?since=${all.length - 1}`, {}, all.length - 1],
    ] as const) {
      const stream = await api.openStream(url, headers);
      expect([stream.status, stream.headers['content-type']]).toEqual([
        200,
        expect.stringMatching(/^text\/event-stream/),
      ]);
      const events = [];
      for await (const { data } of stream.frames) if (data !== null) events.push(JSON.parse(data) as EventJson);
      expect(events).toEqual(all.slice(from));
    }
  });

  it('tells an EventSource that has seen done to stop, and refuses a number not given yet', async () => {
    const { id, meta } = await api.runToEnd({ script: 'echo one' });
    const done = meta.lastSeq + 2;
    expect((await api.events(id)).at(-1)).toMatchObject({ seq: done, type: 'done' });
    for (const since of [done, done + 1])
      expect((await api.get(`${RUNS}/${id}/stream?since=${since}`)).status).toBe(204);
    const { runId, end } = await startWaiting('not-given-yet');
    const answer = await api.get<ErrorJson>(`${RUNS}/${runId}/stream?since=99`);
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'events.not-given-yet', error: expect.stringContaining('99') },
    });
    await end();
  });

  it('sends frames as the contract has them', async () => {
    const { id } = await api.runToEnd({ script: `printf 'a\\nb\\r\\n✓\\033[31m'` });
    const { text } = await api.get<string>(`${RUNS}/${id}/stream`);
    const [first, ...others] = text.split('\n\n');
    expect(first).toMatch(
      /^retry: 1000\nid: 1\nevent: status\ndata: \{"seq":1,"type":"status","ts":"[^"]+Z","status":"queued"\}$/,
    );
    expect(others.pop()).toBe('');
    const logs = others
      .filter((block) => block.includes('event: log'))
      .map((block) => block.split('\ndata: ')[1] ?? '');
    expect(logs.map((data) => (JSON.parse(data) as EventJson).line).join('')).toBe('a\nb\r\n✓\u001b[31m');
  });

  it('gives the same events as pages, forwards and backwards', async () => {
    const { id } = await api.runToEnd({ script: 'for i in 1 2 3 4 5; do echo $i; sleep 0.08; done' });
    const all = await api.events(id);
    expect(all.length).toBeGreaterThanOrEqual(8);
    const page = async (query: string) =>
      (await api.get<Listed<EventJson>>(`${RUNS}/${id}/events?${query}`)).body.items;
    expect(await page('limit=200')).toEqual(all);
    const forwards: EventJson[] = [];
    for (let since = 0; since < all.length; since = forwards.at(-1)?.seq ?? 0) {
      forwards.push(...(await page(`since=${since}&limit=3`)));
    }
    expect(forwards).toEqual(all);
    const backwards: EventJson[] = [];
    for (let before = all.length + 1; before > 1; before = backwards[0]?.seq ?? 0) {
      backwards.unshift(...(await page(`before=${before}&limit=3`)));
    }
    expect(backwards).toEqual(all);
    expect(await page(`since=${all.length}`)).toEqual([]);
    for (const [query, named] of [
      ['since=-1', 'since'],
      ['since=x', 'since'],
      ['before=0', 'before'],
      ['since=1&before=3', 'before'],
      ['limit=0', 'limit'],
    ]) {
      const answer = await api.get<ErrorJson>(`${RUNS}/${id}/events?${query ?? ''}`);
      expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(named ?? '') } });
    }
  });

  it('answers the stored output as text, whole, by stream, and as a download', async () => {
    const { id } = await api.runToEnd({ name: 'Two streams', script: 'echo out ✓; sleep 0.1; echo err >&2' });
    const log = await api.get<string>(`${RUNS}/${id}/log`);
    expect(log.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(log.headers.get('x-content-type-options')).toBe('nosniff');
    expect([log.text, await api.log(id, '?stream=stdout'), await api.log(id, '?stream=stderr')]).toEqual([
      'out ✓\nerr\n',
      'out ✓\n',
      'err\n',
    ]);
    const download = await api.get<string>(`${RUNS}/${id}/log?download=1`);
    expect(download.headers.get('content-disposition')).toMatch(/^attachment; filename="two-streams-.+\.log"$/);
    expect(await api.get(`${RUNS}/${id}/log?stream=stdin`)).toMatchObject({ status: 400 });
  });

  it('finds lines', async () => {
    const { id } = await api.runToEnd({
      script: 'echo Alpha; echo beta; echo ALPHABET; sleep 0.1; echo alpha >&2; echo alp',
    });
    const search = async (query: string) =>
      (
        await api.get<{ items: { line: number; text: string; seq: number }[]; total: number }>(
          `${RUNS}/${id}/search?${query}`,
        )
      ).body;
    const found = await search('q=alpha');
    expect(found).toMatchObject({
      total: 3,
      items: [{ line: 1, text: 'Alpha' }, { line: 3, text: 'ALPHABET' }, { text: 'alpha' }],
    });
    const events = await api.events(id);
    for (const { seq, text } of found.items) expect(events[seq - 1]?.line).toContain(text);
    expect(await search('q=alpha&case=1')).toMatchObject({ total: 1, items: [{ text: 'alpha' }] });
    expect(await search('q=alpha&stream=stdout')).toMatchObject({ total: 2 });
    expect(await search('q=alpha&limit=1')).toMatchObject({ total: 3, items: [{ line: 1 }] });
    expect(await search(`q=${encodeURIComponent('.*')}`)).toMatchObject({ total: 0, items: [] });
    expect(await api.get(`${RUNS}/${id}/search`)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('q') },
    });
  });

  it('tells those who watch the list of every change of status', async () => {
    const list = await api.openStream(`${RUNS}/stream`);
    const { runId, end } = await startWaiting('seen-in-the-list');
    await end();
    const seen: string[] = [];
    for await (const { event, data } of list.frames) {
      if (data === null) continue;
      expect(event).toBe('run');
      const run = JSON.parse(data) as RunJson;
      if (run.id !== runId) continue;
      expect(run).not.toHaveProperty('outputTail');
      seen.push(run.status);
      if (run.finishedAt !== null) break;
    }
    list.leave();
    expect(seen).toEqual(['queued', 'running', 'succeeded']);
  });

  // What the wire carries does not depend on the store; once is enough for a wait of this length.
  if (store.kind === 'sqlite') {
    it('pings by an event without a number after 15 s of silence', async () => {
      const { runId, end } = await startWaiting('silent');
      const stream = await api.openStream(`${RUNS}/${runId}/stream?since=3`);
      const opened = Date.now();
      for await (const frame of stream.frames) {
        if (frame.retry !== null && frame.event === null) continue;
        expect(frame).toMatchObject({ event: 'ping', data: '{}', id: null, comment: null });
        break;
      }
      expect(Date.now() - opened).toBeGreaterThan(14_500);
      expect(Date.now() - opened).toBeLessThan(17_000);
      stream.leave();
      await end();
    }, 30_000);
  }
});

/** Follows a run to its end, leaving after every few events and coming back with the last number it saw. */
const watchWithDrops = async (api: ApiClient, runId: string): Promise<{ events: EventJson[]; drops: number }> => {
  const events: EventJson[] = [];
  for (let drops = 0; ; drops++) {
    let patience = 1 + Math.floor(Math.random() * 40);
    for await (const event of api.follow(runId, events.at(-1)?.seq)) {
      events.push(event);
      if (event.type === 'done') return { events, drops };
      if (--patience === 0) break;
    }
  }
};

/** How many followers are alive in the server's heap, after a collection of garbage. */
const inboxesOf = async (server: Server): Promise<number> => {
  const answers = () => [...server.stderr().matchAll(/^inboxes: (\d+)$/gm)];
  const before = answers().length;
  server.signal('SIGUSR2');
  return eventually(() => {
    const answer = answers()[before];
    if (!answer) throw new Error('the server has not counted yet');
    return Number(answer[1]);
  }, COUNTING);
};
