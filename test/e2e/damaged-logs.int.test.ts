import { appendFile, chmod, chown, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { isRoot } from '../support/root.js';
import { RUNS } from './support/api-client.js';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';
import { describeOnMongo } from './support/each-store.js';
import { withDatabase } from '../support/mongo/fresh-mongo-store.js';
import { itSampled } from '../support/sample.js';
import { ObjectId } from 'mongodb';
import type { EventJson } from './support/wire-types.js';

const NOBODY = 65534;
const LINES = 8;
/** Each line is an event of its own, as they are further apart than a piece waits. */
const PRINT = `for n in $(seq ${LINES}); do echo "line $n"; sleep 0.08; done`;

const textOf = (events: readonly EventJson[], stream = 'stdout') =>
  events.map((event) => (event.type === 'log' && event.stream === stream ? event.line : '')).join('');

/** What every reader owes of a run whose log can be read up to the event `last`, and no further. */
const expectReadable = async ({ api }: Server, runId: string, last: number, what: RegExp): Promise<void> => {
  const run = await api.runOf(runId);
  const done = run.meta.lastSeq + 2;
  const streamed = await api.events(runId);
  const notes = streamed.filter(({ stream }) => stream === 'system');
  expect(notes).toEqual([
    { seq: last + 1, type: 'log', ts: run.finishedAt, stream: 'system', line: expect.stringMatching(what) },
  ]);
  expect(streamed.map(({ seq }) => seq)).toEqual([
    ...Array.from({ length: last + 1 }, (_, i) => i + 1),
    done - 1,
    done,
  ]);
  expect(streamed.at(-1)).toMatchObject({ type: 'done', status: run.status });

  // A viewer that comes back, from wherever it was, gets the rest and no more; after `done` nothing.
  for (const { seq } of streamed.slice(0, -1)) {
    const rest: EventJson[] = [];
    for await (const event of api.follow(runId, seq)) rest.push(event);
    expect(rest).toEqual(streamed.filter((event) => event.seq > seq));
  }
  expect((await api.get(`${RUNS}/${runId}/stream?since=${done}`)).status).toBe(204);

  for (const limit of [1, 2, 200]) {
    const forwards: EventJson[] = [];
    for (;;) {
      const { items } = await api.eventsPage(runId, `since=${forwards.at(-1)?.seq ?? 0}&limit=${limit}`);
      if (items.length === 0) break;
      forwards.push(...items);
    }
    expect(forwards).toEqual(streamed);
    const backwards: EventJson[] = [];
    for (;;) {
      const { items } = await api.eventsPage(runId, `before=${backwards[0]?.seq ?? done + 1}&limit=${limit}`);
      if (items.length === 0) break;
      backwards.unshift(...items);
    }
    expect(backwards).toEqual(streamed);
  }

  const output = textOf(streamed);
  const note = notes[0]?.line ?? '';
  expect(await api.log(runId)).toBe(output + note);
  expect(await api.log(runId, '?stream=stderr')).toBe(note);
  const search = await api.get<{ total: number; complete: boolean }>(`${RUNS}/${runId}/search?q=line`);
  expect([search.status, search.body]).toEqual([
    200,
    expect.objectContaining({ total: output.split('\n').length - 1, complete: false }),
  ]);
  const outline = await api.get<{ items: { seq: number; begins: object }[]; lastSeq: number }>(
    `${RUNS}/${runId}/outline`,
  );
  expect([outline.status, outline.body.lastSeq]).toEqual([200, last + 1]);
  expect(outline.body.items.at(-1)?.begins).toMatchObject({ system: 1 });
};

describe('A server whose run logs are damaged', () => {
  let server: Server;
  let logs: string;
  const settings = { LOG_LEVEL: 'warn' };
  beforeAll(async () => {
    const { DATA_DIR } = await freshDataDir();
    await mkdir(DATA_DIR, { mode: 0o700 });
    if (isRoot) {
      await chmod(join(DATA_DIR, '..'), 0o755);
      await chown(DATA_DIR, NOBODY, NOBODY);
    }
    // As a user whom file modes concern.
    server = await startServer({ ...settings, DATA_DIR }, isRoot ? { user: NOBODY } : {});
    logs = join(DATA_DIR, 'logs');
  }, 30_000);
  afterAll(async () => {
    await server.stop();
    await cleanUp();
  }, 30_000);

  const fileOf = (runId: string) => join(logs, `${runId}.ndjson`);
  const linesOf = async (runId: string) => (await readFile(fileOf(runId), 'utf8')).split('\n').slice(0, -1);
  /** A run that has ended, and that nobody has read yet. */
  const aRun = async (name: string) => {
    const run = await server.api.runToEnd({ name, script: PRINT });
    expect(run.status).toBe('succeeded');
    expect((await linesOf(run.id)).length).toBe(run.meta.lastSeq);
    return run.id;
  };
  const edit = async (runId: string, change: (lines: string[]) => void) => {
    const lines = await linesOf(runId);
    change(lines);
    await writeFile(fileOf(runId), lines.map((line) => `${line}\n`).join(''));
  };

  it.each<[string, (runId: string) => Promise<void>, number, RegExp]>([
    ['was deleted', (runId) => rm(fileOf(runId)), 0, /nothing of it can be read any more/],
    ['was moved away', (runId) => rename(fileOf(runId), `${fileOf(runId)}.old`), 0, /nothing of it can be read/],
    ['is empty', (runId) => truncate(fileOf(runId), 0), 0, /nothing of it can be read any more/],
    ['ends after its fifth line', (runId) => edit(runId, (l) => l.splice(5)), 5, /its event 6 is not there any more/],
    [
      'ends in the middle of a line',
      async (runId) => {
        const lines = await linesOf(runId);
        await writeFile(fileOf(runId), `${lines.slice(0, 5).join('\n')}\n${lines[5]?.slice(0, 30)}`);
      },
      5,
      /its event 6 is not there any more/,
    ],
    ['has a line that is no JSON', (runId) => edit(runId, (l) => (l[5] = 'oops')), 5, /damaged from byte \d+ on/],
    [
      'has a line that lost its end',
      (runId) => edit(runId, (l) => (l[5] = l[5]!.slice(0, -9))),
      5,
      /damaged from byte/,
    ],
    ['has an event without its text', (runId) => edit(runId, (l) => (l[5] = '{"seq":6,"type":"log"}')), 5, /damaged/],
    ['has a wrong seq', (runId) => edit(runId, (l) => (l[5] = l[5]!.replace('"seq":6', '"seq":9'))), 5, /damaged/],
    ['has a line twice', (runId) => edit(runId, (l) => l.splice(5, 0, l[4]!)), 5, /damaged/],
    ['lost a line', (runId) => edit(runId, (l) => l.splice(5, 1)), 5, /damaged/],
    ['lost its first line', (runId) => edit(runId, (l) => l.splice(0, 1)), 0, /damaged from byte 0 on/],
    ['has an empty line', (runId) => edit(runId, (l) => l.splice(5, 0, '')), 5, /damaged/],
    [
      'has zeros in its middle',
      async (runId) => {
        const bytes = await readFile(fileOf(runId));
        const from = (await linesOf(runId)).slice(0, 5).join('\n').length + 1;
        await writeFile(fileOf(runId), bytes.fill(0, from, from + 100));
      },
      5,
      /damaged/,
    ],
    ['is garbage', (runId) => writeFile(fileOf(runId), Buffer.alloc(300_000, 0xa5)), 0, /nothing of it can be read/],
    ['is text', (runId) => writeFile(fileOf(runId), 'to be done:\n- milk\n'), 0, /damaged from byte 0 on/],
    ['may not be read', (runId) => chmod(fileOf(runId), 0), 0, /cannot be read: EACCES/],
    [
      'is a folder',
      async (runId) => {
        await rm(fileOf(runId));
        await mkdir(fileOf(runId));
      },
      0,
      /cannot be read: EISDIR/,
    ],
  ])(
    'shows what can be read of one that %s, says what is wrong, and comes to its end',
    async (name, damage, last, what) => {
      const runId = await aRun(name);
      await damage(runId);
      await expectReadable(server, runId, last, what);
      expect((await server.api.get('/healthz')).status).toBe(200);
    },
  );

  it('shows all of a log to which something was added', async () => {
    const runId = await aRun('added to');
    const events = await server.api.events(runId);
    const [, , third = ''] = await linesOf(runId);
    await appendFile(fileOf(runId), `oops\n${third}\n${third.replace('"seq":3', `"seq":${events.length}`)}\n`);
    expect(await server.api.events(runId)).toEqual(events);
    expect((await server.api.eventsPage(runId, 'before=1000&limit=200')).items).toEqual(events);
    expect(await server.api.log(runId)).toBe(textOf(events));
  });

  it('finds the damage of a long log, and shows what comes before it', async () => {
    const { id } = await server.api.runToEnd({
      name: 'long',
      script: `for n in $(seq 300); do printf '%s %05000d\\n' line $n; sleep 0.002; done`,
    });
    const whole = await server.api.log(id);
    const [damaged = ''] = (await readFile(fileOf(id), 'utf8')).slice(700_000).split('\n').slice(1);
    const { seq } = JSON.parse(damaged) as { seq: number };
    await server.api.eventsPage(id, `since=${seq - 1}&limit=1`); // the server knows where the next event begins, until the edit
    await edit(id, (lines) => (lines[seq - 1] = lines[seq - 1]!.replace('"stream"', '"strem"')));
    const shown = await server.api.log(id);
    const note = shown.slice(shown.lastIndexOf('[runlet]'));
    expect(note).toMatch(/damaged from byte 7\d{5} on\n$/);
    expect(shown.length).toBeGreaterThan(600_000);
    const printed = shown.slice(0, -note.length).replace(/\n$/, ''); // the note has a line of its own
    expect(whole.startsWith(printed)).toBe(true);
    const events = await server.api.events(id);
    expect(events.map((event) => event.seq)).toEqual([
      ...Array.from({ length: seq }, (_, i) => i + 1),
      expect.any(Number),
      expect.any(Number),
    ]);
    expect(events.at(-1)?.type).toBe('done');
  }, 30_000);

  itSampled<[string, (runId: string) => Promise<void>]>(
    [
      ['deleted', (runId) => rm(fileOf(runId))],
      ['moved', (runId) => rename(fileOf(runId), `${fileOf(runId)}.old`)],
      [
        'replaced, as an editor does',
        async (runId) => {
          await writeFile(`${fileOf(runId)}.new`, 'edited\n');
          await rename(`${fileOf(runId)}.new`, fileOf(runId));
        },
      ],
      ['taken away with its folder', () => rename(logs, `${logs}.old`)],
      ['deleted with its folder', () => rm(logs, { recursive: true })],
      ['made unreadable', (runId) => chmod(fileOf(runId), 0)],
    ],
    2,
  )(
    'keeps all of a log that is %s while its run goes on',
    async (name, damage) => {
      const { api } = server;
      const runId = await api.run({
        name,
        script: `echo first; read -r _ < <(sleep 2); echo second; sleep 1; echo last`,
      });
      await api.printed(runId, 'first');
      await damage(runId);
      // Both a viewer that was there and one that comes now.
      await api.printed(runId, 'second');
      expect((await api.log(runId)).startsWith('first\n')).toBe(true);
      expect(await api.ended(runId)).toMatchObject({ status: 'succeeded', outputTail: 'first\nsecond\nlast\n' });
      if (name !== 'made unreadable') expect(await api.log(runId)).toBe('first\nsecond\nlast\n');
      else await chmod(fileOf(runId), 0o600);
      const events = await api.events(runId);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
      expect(textOf(events)).toBe('first\nsecond\nlast\n');
    },
    30_000,
  );

  itSampled<[string, (runId: string) => Promise<void>]>([
    ['emptied', (runId) => truncate(fileOf(runId), 0)],
    [
      'overwritten',
      async (runId) => {
        const { length } = await readFile(fileOf(runId));
        await writeFile(fileOf(runId), Buffer.alloc(length, 'x'), { flag: 'r+' });
      },
    ],
  ])(
    'shows what follows, and the end, of a log that is %s while its run goes on',
    async (name, damage) => {
      const { api } = server;
      const many = `for n in $(seq 200); do printf '%01000d\\n' $n; done; echo first`;
      const runId = await api.run({
        name,
        script: `${many}; sleep 2; ${many.replace('first', 'second')}; sleep 1; echo last`,
      });
      const early = (async () => api.events(runId))();
      await api.printed(runId, 'first');
      await damage(runId);
      const late = (async () => api.events(runId))();
      const page = await api.eventsPage(runId, 'since=0&limit=200');
      expect(page.items.at(-1)).toMatchObject({ stream: 'system', line: expect.stringContaining('damaged from byte') });
      await api.ended(runId);
      for (const events of [await early, await late]) {
        const seqs = events.map(({ seq }) => seq);
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
        expect(events.at(-1)?.type).toBe('done');
        expect(textOf(events)).toContain('last\n');
      }
      expect((await late).filter(({ stream }) => stream === 'system')).toHaveLength(1);
      expect((await early).filter(({ stream }) => stream === 'system')).toHaveLength(0);
      expect(textOf(await early)).toContain('first\n');
    },
    30_000,
  );
});

describe('A server that is started again on damaged logs', () => {
  afterAll(cleanUp);

  it('ends every run that it left, with the output that is known, and executes those that wait', async () => {
    const settings = { ...(await freshDataDir()), MAX_CONCURRENT_RUNS: '4' };
    const logs = join(settings.DATA_DIR, 'logs');
    const first = await startServer(settings);
    const script = 'for n in 1 2 3 4; do echo "line $n"; sleep 0.1; done; sleep 300';
    const running: string[] = [];
    for (const name of ['deleted', 'folder', 'garbage', 'cut']) running.push(await first.api.run({ name, script }));
    for (const runId of running) await first.api.printed(runId, 'line 4');
    for (const runId of running)
      await eventually(async () => expect((await first.api.runOf(runId)).outputTail).toContain('line 4'));
    const queued = await first.api.run({ name: 'waits', script: 'echo ran' });
    await first.kill();
    const [deleted = '', folder = '', garbage = '', cut = ''] = running.map((id) => join(logs, `${id}.ndjson`));
    await rm(deleted);
    await rm(folder);
    await mkdir(folder);
    await writeFile(garbage, 'garbage\n');
    await writeFile(cut, (await readFile(cut, 'utf8')).split('\n').slice(0, 3).join('\n') + '\n');
    await rm(join(logs, `${queued}.ndjson`));

    const second = await startServer(settings);
    for (const runId of running) {
      const run = await second.api.ended(runId);
      expect(run).toMatchObject({ status: 'failed', meta: { reason: 'interrupted', output: { bytes: 28, lines: 4 } } });
      expect(run.outputTail).toBe('line 1\nline 2\nline 3\nline 4\n');
      const events = await second.api.events(runId);
      expect(events.at(-1)).toMatchObject({ type: 'done', seq: run.meta.lastSeq + 2 });
      expect(events.at(-3)).toMatchObject({ stream: 'system', line: expect.stringContaining('cannot be shown') });
    }
    expect(await second.api.ended(queued)).toMatchObject({ status: 'succeeded', outputTail: 'ran\n' });
    expect(await second.api.log(queued)).toBe('ran\n');
    await second.stop();
  }, 60_000);

  it('makes the folder of the logs again, and says of each old run that its log is gone', async () => {
    const settings = await freshDataDir();
    const first = await startServer(settings);
    const { id } = await first.api.runToEnd({ name: 'old', script: 'echo old' });
    await first.stop();
    await rm(join(settings.DATA_DIR, 'logs'), { recursive: true });
    const second = await startServer(settings);
    await expectReadable(second, id, 0, /nothing of it can be read any more/);
    const { id: next } = await second.api.runToEnd({ name: 'next', script: 'echo next' });
    expect(await second.api.log(next)).toBe('next\n');
    expect(await readdir(join(settings.DATA_DIR, 'logs'))).toEqual([`${next}.ndjson`]);
    await second.stop();
  }, 30_000);
});

await describeOnMongo('A server whose run logs in MongoDB are damaged', (store) => {
  let server: Server;
  let uri: string;
  beforeAll(async () => {
    const settings = await store.fresh();
    uri = String(settings.MONGODB_URI);
    server = await startServer(settings);
  }, 30_000);
  afterAll(() => server.stop());

  it.each<[string, (runId: ObjectId) => Promise<unknown>, number, RegExp]>([
    [
      'is gone',
      (runId) => withDatabase(uri, (db) => db.collection('script_run_logs').deleteMany({ runId })),
      0,
      /nothing of it can be read any more/,
    ],
    [
      'lost its end',
      (runId) => withDatabase(uri, (db) => db.collection('script_run_logs').deleteMany({ runId, seq: { $gt: 5 } })),
      5,
      /its event 6 is not there any more/,
    ],
    [
      'has an event without its text, and nothing after it',
      (runId) =>
        withDatabase(uri, async (db) => {
          await db.collection('script_run_logs').updateOne({ runId, seq: 6 }, { $unset: { line: 1 } });
          await db.collection('script_run_logs').deleteMany({ runId, seq: { $gt: 6 } });
        }),
      5,
      /the document 6 of the run [0-9a-f]{24} in script_run_logs is no event/,
    ],
  ])(
    'shows what can be read of one that %s',
    async (name, damage, last, what) => {
      const { id } = await server.api.runToEnd({ name, script: PRINT });
      await damage(new ObjectId(id));
      await expectReadable(server, id, last, what);
    },
    60_000,
  );

  it('reads up to an event that is missing in the midst of others, says so, and comes to its end', async () => {
    const { id, meta } = await server.api.runToEnd({ name: 'a gap', script: PRINT });
    await withDatabase(uri, (db) =>
      db.collection('script_run_logs').deleteMany({ runId: new ObjectId(id), seq: { $in: [5, 6] } }),
    );
    const events = await server.api.events(id);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, meta.lastSeq + 1, meta.lastSeq + 2]);
    expect(events[4]).toMatchObject({ stream: 'system', line: expect.stringContaining('its event 5 is not there') });
    expect(await server.api.log(id)).toBe(textOf(events) + String(events[4]?.line));
  }, 60_000);
});
