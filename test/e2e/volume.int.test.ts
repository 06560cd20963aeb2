import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { beforeAll, afterAll, expect, it } from '@jest/globals';
import { type ApiClient, basic, RUNS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import { PASSWORD, type Server, startServer } from './support/server.js';
import type { EventJson } from './support/wire-types.js';

const MB = 1_000_000;

await describeOnEachStore('A script that prints', (store) => {
  let server: Server;
  let api: ApiClient;
  const scaled = (count: number) => count * store.volume;
  /** MongoDB's driver holds what it reads for each viewer several times over, as bytes, as documents and as text. */
  const mostGrowth = (store.kind === 'sqlite' ? 100 : 200) * MB;

  beforeAll(async () => {
    server = await startServer({ ...(await store.fresh()), MAX_LOG_BYTES: '300000000', LOG_LEVEL: 'error' });
    api = server.api;
    await api.runToEnd({ script: 'echo warm' });
  }, 60_000);

  afterAll(() => server.stop());

  /** Runs a script to its end and answers the run, what was stored of it, and by how much the server grew at the most, in bytes. */
  const run = async (draft: object) => {
    const before = memoryOf(server.pid, 'VmRSS');
    resetPeak(server.pid);
    const ended = await api.ended(await api.run(draft), 60_000);
    const grown = memoryOf(server.pid, 'VmHWM') - before;
    const events: EventJson[] = [];
    for await (const event of api.follow(ended.id)) events.push(event);
    expect(events.every(({ seq }, index) => seq === index + 1)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'done', status: ended.status });
    return { run: ended, events, grown };
  };

  it('100 MB without a newline: every byte, in little memory', async () => {
    const bytes = scaled(100 * MB);
    const { run: ended, events, grown } = await run({ script: `head -c ${bytes} /dev/zero | tr '\\0' 'x'` });
    expect(ended.meta.output).toEqual({ bytes, lines: 1, droppedBytes: 0 });
    expect(digest(events, 'stdout')).toBe(digestOf(repeat('x'.repeat(100_000), bytes / 100_000)));
    expect(grown).toBeLessThan(mostGrowth);
  }, 60_000);

  it('emoji byte by byte: whole characters', async () => {
    const text = '👩‍👩‍👧 é ✓ 日本\n';
    const octal = [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
    const { events } = await run({ script: octal.map((byte) => `printf '${byte}'; sleep 0.003`).join('\n') });
    const printed = join(events, 'stdout');
    expect(printed).toBe(text);
    expect(printed).not.toContain('\uFFFD');
  }, 60_000);

  it('50 000 lines on each of two streams, in turns: each stream whole and in order', async () => {
    const lines = scaled(50_000);
    const {
      run: ended,
      events,
      grown,
    } = await run({
      type: 'node',
      script: `for (let i = 0; i < ${lines}; i++) { fs.writeSync(1, 'out ' + i + ' ✓\\n'); fs.writeSync(2, 'err ' + i + ' ✓\\n'); }`,
    });
    expect(ended.meta.output).toMatchObject({ lines: 2 * lines, droppedBytes: 0 });
    for (const [stream, name] of [
      ['stdout', 'out'],
      ['stderr', 'err'],
    ] as const) {
      const expected = createHash('sha256');
      for (let i = 0; i < lines; i++) expected.update(`${name} ${i} ✓\n`);
      expect(digest(events, stream)).toBe(expected.digest('hex'));
    }
    expect(grown).toBeLessThan(mostGrowth);
  }, 60_000);

  it('binary: what is UTF-8 stays as it is, and the rest is marked', async () => {
    const { run: ended, events } = await run({
      type: 'node',
      script: 'fs.writeSync(1, Buffer.from(Array.from({ length: 65536 }, (_, i) => i & 255)))',
    });
    const expected = new TextDecoder('utf-8').decode(Uint8Array.from({ length: 65_536 }, (_, i) => i & 255));
    expect(join(events, 'stdout') === expected).toBe(true);
    expect(ended.meta.output.bytes).toBe(65_536);
  }, 60_000);

  it('200 MB to twenty viewers who never read: at its own speed, in little memory, with nothing missing', async () => {
    const lines = scaled(2_000_000);
    const { id } = await api.createScript({
      type: 'node',
      script: `
        setTimeout(() => {
          const line = 'x'.repeat(99) + '\\n';
          for (let i = 0; i < ${lines} / 1000; i++) fs.writeSync(1, line.repeat(1000));
        }, 500)`,
    });
    const before = memoryOf(server.pid, 'VmRSS');
    resetPeak(server.pid);
    const runId = await api.startRun(id);
    const viewers = await Promise.all(Array.from({ length: 20 }, () => stalledViewer(server, runId)));
    const ended = await api.ended(runId, 60_000);
    const grown = memoryOf(server.pid, 'VmHWM') - before;
    for (const viewer of viewers) viewer.destroy();
    expect(ended).toMatchObject({
      status: 'succeeded',
      meta: { output: { bytes: lines * 100, lines, droppedBytes: 0 } },
    });
    let seq = 0;
    const printed = createHash('sha256');
    for await (const event of api.follow(runId)) {
      expect(event.seq).toBe(++seq);
      if (event.stream === 'stdout') printed.update(event.line ?? '');
    }
    expect(printed.digest('hex')).toBe(digestOf(repeat(`${'x'.repeat(99)}\n`.repeat(1000), lines / 1000)));
    expect(grown).toBeLessThan(mostGrowth);
  }, 90_000);

  it('past the cap: a line says so, everything is counted, and the tail is true', async () => {
    // The cap falls into a character of three bytes, which goes whole.
    const line = '12345678 ✓\n';
    const kept = line.repeat(7692) + '12345678 ';
    const MAX_LOG_BYTES = String(Buffer.byteLength(kept) + 1);
    const small = await startServer({ ...(await store.fresh()), MAX_LOG_BYTES, OUTPUT_TAIL_BYTES: '20' });
    const ended = await small.api.runToEnd({ script: `yes '12345678 ✓' | head -n 20000; echo the end` });
    const bytes = 20_000 * Buffer.byteLength(line) + 8;
    expect(ended.meta.output).toEqual({ bytes, lines: 20_001, droppedBytes: bytes - Buffer.byteLength(kept) });
    expect(ended.outputTail).toBe('2345678 ✓\nthe end\n');
    const events = await small.api.events(ended.id);
    expect(join(events, 'stdout') === kept).toBe(true);
    expect(join(events, 'system')).toContain(
      `output past ${MAX_LOG_BYTES} bytes (MAX_LOG_BYTES) is counted but not kept`,
    );
    await small.stop();
  }, 60_000);
});

const memoryOf = (pid: number, name: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** proc(5): 5 sets the peak back to what is used now. */
const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** Has begun to get the stream and takes nothing more of it. */
const stalledViewer = async ({ url }: Server, runId: string): Promise<Socket> => {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET ${RUNS}/${runId}/stream HTTP/1.1\r\nhost: ${host}\r\nauthorization: ${basic('admin', PASSWORD)}\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.pause();
  return socket;
};

const join = (events: readonly EventJson[], stream: string): string =>
  events.map((event) => (event.stream === stream ? event.line : '')).join('');

const digest = (events: readonly EventJson[], stream: string): string =>
  digestOf(events.filter((event) => event.stream === stream).map(({ line = '' }) => line));

const digestOf = (texts: Iterable<string>): string => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('hex');
};

function* repeat(text: string, times: number): Generator<string> {
  for (let n = 0; n < times; n++) yield text;
}
