import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileRunLog, type FileRunLog } from '../../../../src/adapters/persistence/files/file-run-log.js';
import { DamagedLog } from '../../../../src/application/ports/run-log.js';
import type { EncodedEvent } from '../../../../src/domain/run/run-event.js';
import { aLogEvent, at, logEvents, newId } from '../../../contracts/samples.js';
import { eventually } from '../../../support/eventually.js';

let folder: string;
let log: FileRunLog;
let runId: string;
let path: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'runlet-logs-')), 'data', 'logs');
  log = await openFileRunLog(folder);
  runId = newId();
  path = join(folder, `${runId}.ndjson`);
});

afterEach(async () => {
  await log.close();
  await rm(join(folder, '..', '..'), { recursive: true });
});

const keep = async (events: readonly EncodedEvent[], id = runId) => {
  const writer = await log.open(id);
  await writer.append(events);
  await writer.close();
};

/** As after a restart: nothing is remembered. */
const restart = async () => {
  await log.close();
  log = await openFileRunLog(folder);
};

const runIds = async () => {
  const ids: string[] = [];
  for await (const batch of log.runIdsBefore(at(10_000_000_000))) ids.push(...batch);
  return ids;
};

const jsonLines = (events: readonly EncodedEvent[]) => events.map(({ json }) => `${json}\n`).join('');

describe('the file', () => {
  it('is one line an event, exactly as viewers get it', async () => {
    const events = logEvents(1, 3, (seq) => `line ${seq} 🌍\u2028 \0 half a pair \ud83d\r\n`);
    await keep(events);
    expect(await readFile(path, 'utf8')).toBe(jsonLines(events));
    expect(
      (await readFile(path, 'utf8'))
        .split('\n')
        .slice(0, 3)
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(events.map(({ json }) => JSON.parse(json) as unknown));
  });

  it.each([0o000, 0o777])('is private under umask %s', async (umask) => {
    const old = process.umask(umask);
    try {
      log = await openFileRunLog(join(folder, 'private'));
      await keep(logEvents(1, 1));
      expect((await stat(join(folder, 'private'))).mode & 0o777).toBe(0o700);
      expect((await stat(join(folder, 'private', `${runId}.ndjson`))).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(old);
    }
  });

  it('is never outside its folder', async () => {
    for (const id of ['../../etc/passwd', '', '.', 'ABCDEFABCDEFABCDEFABCDEF', `${runId}\n`, `${runId}0`]) {
      await expect(log.open(id)).rejects.toThrow('24 hex digits');
      await expect(log.read(id, 0, 1)).rejects.toThrow('24 hex digits');
      await expect(log.lastSeq(id)).rejects.toThrow('24 hex digits');
      await expect(log.delete(id)).rejects.toThrow('24 hex digits');
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes no event but the next', async () => {
    const writer = await log.open(runId);
    await writer.append(logEvents(1, 2));
    for (const wrong of [[aLogEvent(2)], [aLogEvent(4)], [aLogEvent(3), aLogEvent(5)]]) {
      await expect(writer.append(wrong)).rejects.toThrow('does not follow on event 2');
    }
    await writer.append(logEvents(3, 3));
    expect(await log.read(runId, 0, 10)).toEqual(logEvents(1, 3));
  });

  it('is gone after a delete', async () => {
    await keep(logEvents(1, 3));
    await log.read(runId, 0, 1);
    await log.delete(runId);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('after a crash', () => {
  const events = logEvents(1, 5, (seq) => `wörld ${seq}\n`);

  it.each([
    ['half a line', '{"seq":6,"type":"log","ts":"2026'],
    ['a whole line without its newline', aLogEvent(6).json],
    ['half a character', Buffer.from([...Buffer.from('{"seq":6,"type":"log","line":"'), 0xf0, 0x9f])],
    ['zeros where data never reached the disk', Buffer.alloc(5000)],
    ['zeros inside a line', Buffer.from('{"seq":6,"type":"log","line":"\0\0\0\0"}\n')],
    ['zeros, then a later event', Buffer.concat([Buffer.alloc(4096), Buffer.from(`\n${aLogEvent(7).json}\n`)])],
    ['a line that is no event', 'Segmentation fault\n'],
    ['an event that is not the next', `${aLogEvent(9).json}\n`],
    ['a line cut short in the middle, then more', `{"seq":6,"type":"log","line":"a\n${aLogEvent(7).json}\n`],
  ])('opening drops %s', async (_, rest) => {
    await keep(events);
    await restart();
    await appendFile(path, rest);
    const writer = await log.open(runId);
    expect(writer.lastSeq).toBe(5);
    expect(await readFile(path, 'utf8')).toBe(jsonLines(events));
    await writer.append([aLogEvent(6)]);
    await writer.close();
    expect(await log.read(runId, 0, 100)).toEqual([...events, aLogEvent(6)]);
  });

  it('opening a file without one whole event begins it anew', async () => {
    await writeFile(path, '{"seq":1,"type":"sta');
    const writer = await log.open(runId);
    expect(writer.lastSeq).toBe(0);
    await writer.append(logEvents(1, 2));
    expect(await readFile(path, 'utf8')).toBe(jsonLines(logEvents(1, 2)));
  });

  it('opening finds the damage in a long log', async () => {
    const long = logEvents(1, 3000, (seq) => `${'x'.repeat(seq % 700)}\n`);
    await keep(long);
    await restart();
    const at = Buffer.byteLength(jsonLines(long.slice(0, 2000)));
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0, at + 10, at + 20));
    const writer = await log.open(runId);
    expect(writer.lastSeq).toBe(2000);
    expect((await stat(path)).size).toBe(at);
  });

  it('reading sees no unfinished line, also where nobody opened the log since', async () => {
    await keep(events);
    await restart();
    await appendFile(path, aLogEvent(6).json.slice(0, 30));
    expect(await log.read(runId, 0, 100)).toEqual(events);
    expect(await log.read(runId, 5, 100)).toEqual([]);
    expect(await log.readBefore(runId, 100, 2)).toEqual(events.slice(3));
    expect(await log.lastSeq(runId)).toBe(5);
  });

  it('reading stops at damage and names the file', async () => {
    await keep(events);
    await restart();
    const size = Buffer.byteLength(jsonLines(events));
    await appendFile(path, `oops\n${aLogEvent(7).json}\n`);
    expect(await log.read(runId, 0, 100)).toEqual(events);
    const damaged = { lastSeq: 5, message: `${runId}.ndjson is damaged from byte ${size} on` };
    await expect(log.read(runId, 5, 100)).rejects.toMatchObject(damaged);
    await expect(log.read(runId, 6, 100)).rejects.toMatchObject(damaged);
    expect(await log.lastSeq(runId)).toBe(7);
    await truncate(path, size + 5);
    expect(await log.lastSeq(runId)).toBe(5);
    await writeFile(path, 'x\n'.repeat(100_000));
    await restart();
    expect(await log.lastSeq(runId)).toBe(0);
    await expect(log.read(runId, 0, 100)).rejects.toBeInstanceOf(DamagedLog);
  });

  it('reading on finds the damage that was done since to what was read before', async () => {
    await keep(events);
    await restart();
    expect(await log.read(runId, 0, 3)).toEqual(events.slice(0, 3));
    const lines = jsonLines(events).split('\n');
    lines[2] = lines[2]!.replace('"stream"', '"strem"');
    await writeFile(path, lines.join('\n'));
    await expect(log.read(runId, 3, 100)).rejects.toMatchObject({ lastSeq: 2 });
  });

  it('a folder that was taken away is made again for the next log, the one around it is not', async () => {
    await keep(events);
    await rm(folder, { recursive: true });
    expect(await log.read(newId(), 0, 10)).toEqual([]);
    expect(await runIds()).toEqual([]);
    const other = newId();
    await keep(events, other);
    expect(await log.read(other, 0, 10)).toEqual(events);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await rm(join(folder, '..'), { recursive: true });
    await expect(log.open(newId())).rejects.toThrow('ENOENT');
    await mkdir(folder, { recursive: true });
  });

  it('a log that was taken away while it was written is whole when it is closed', async () => {
    const writer = await log.open(runId);
    const many = logEvents(1, 200, (seq) => `${seq} ${'x'.repeat(1000)}\n`);
    await writer.append(many);
    await rm(path);
    expect(await log.read(runId, 0, 500)).toEqual(many);
    await writer.append([aLogEvent(201)]);
    await writer.close();
    expect(await readFile(path, 'utf8')).toBe(jsonLines([...many, aLogEvent(201)]));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await restart();
    expect(await log.read(runId, 0, 500)).toEqual([...many, aLogEvent(201)]);
  });

  it('a log that is closed while it is read is read to its end, and no other file in its place', async () => {
    const writer = await log.open(runId);
    const many = logEvents(1, 3000, (seq) => `${seq} ${'x'.repeat(1000)}\n`);
    await writer.append(many);
    const reads = Array.from({ length: 5 }, (_, i) => log.read(runId, i, 5000));
    const closed = writer.close();
    for (let i = 0; i < 20; i++) await log.open(newId()); // the descriptor's number is free, or not yet
    for (const [i, page] of (await Promise.all(reads)).entries()) expect(page).toEqual(many.slice(i));
    await closed;
  });

  it('a writer that was left open is replaced by the next', async () => {
    const left = await log.open(runId);
    await left.append(events);
    const writer = await log.open(runId);
    expect(writer.lastSeq).toBe(5);
    await writer.append([aLogEvent(6)]);
    await expect(left.append([aLogEvent(6)])).rejects.toThrow();
    await left.close();
    expect(await log.read(runId, 5, 10)).toEqual([aLogEvent(6)]);
    expect(await log.lastSeq(runId)).toBe(6);
  });

  it('a writer that is closed while it writes writes to its end first', async () => {
    const writer = await log.open(runId);
    const another = newId();
    const long = logEvents(1, 1, () => 'x'.repeat(8_000_000));
    const appended = writer.append(long);
    await Promise.all([writer.close(), writer.close(), log.open(another)]);
    await appended;
    expect(await log.read(runId, 0, 10)).toEqual(long);
    expect(await log.read(another, 0, 10)).toEqual([]);
  });
});

describe('reading', () => {
  /** Short and long lines in turn, some longer than any chunk that is read at once. */
  const mixed = logEvents(1, 400, (seq) => 'é'.repeat(seq % 41 === 0 ? 150_000 : (seq * 37) % 9000));

  it('finds any event of a long log without knowing where it is', async () => {
    await keep(mixed);
    for (let n = 0; n < mixed.length; n += 7) {
      await restart();
      const after = (n * 173) % mixed.length;
      expect(await log.read(runId, after, 2)).toEqual(mixed.slice(after, after + 2));
    }
    await restart();
    for (const before of [401, 400, 399, 206, 42, 3, 2]) {
      const expected = mixed.slice(Math.max(0, before - 6), before - 1);
      expect(await log.readBefore(runId, before, 5)).toEqual(expected);
    }
    await restart();
    expect(await log.lastSeq(runId)).toBe(400);
  });

  it.each([1, 1000, 40_000, 256 * 1024, 5_000_000])('gives the same in pages of %i bytes', async (maxBytes) => {
    await keep(mixed);
    const seen: EncodedEvent[] = [];
    for (;;) {
      const page = await log.read(runId, seen.at(-1)?.seq ?? 0, 150, maxBytes);
      if (page.length === 0) break;
      seen.push(...page);
    }
    expect(seen).toEqual(mixed);
  });

  it('is exact where a chunk, a line and the file end together', async () => {
    for (const size of [20 * 1024 + 1, 20 * 1024 + 1000, 276 * 1024]) {
      const id = newId();
      const empty = Buffer.byteLength(aLogEvent(1, '').json) + 1;
      const events = [aLogEvent(1, 'x'.repeat(size - empty))];
      await keep(events, id);
      expect((await stat(join(folder, `${id}.ndjson`))).size).toBe(size);
      for (const maxBytes of [1, 1000, Infinity]) {
        expect(await log.read(id, 0, 10, maxBytes)).toEqual(events);
        expect(await log.read(id, 1, 10, maxBytes)).toEqual([]);
      }
      const writer = await log.open(id);
      expect(await log.read(id, 0, 10)).toEqual(events);
      await writer.append([aLogEvent(2)]);
      expect(await log.read(id, 0, 10)).toEqual([...events, aLogEvent(2)]);
      expect(await log.readBefore(id, 3, 1)).toEqual([aLogEvent(2)]);
      await writer.close();
    }
  });

  it('serves many readers of many logs with few descriptors', async () => {
    const ids = Array.from({ length: 60 }, newId);
    await Promise.all(ids.map((id) => keep(logEvents(1, 20), id)));
    const before = await descriptors();
    for (let round = 0; round < 3; round++) {
      const reads = ids.flatMap((id) => [0, 5, 10].map((after) => log.read(id, after, 5)));
      for (const [i, page] of (await Promise.all(reads)).entries()) {
        const after = [0, 5, 10][i % 3]!;
        expect(page).toEqual(logEvents(after + 1, after + 5));
      }
    }
    expect((await descriptors()) - before).toBeLessThanOrEqual(16);
    await Promise.all(ids.map((id) => log.delete(id)));
    await eventually(async () => expect(await descriptors()).toBeLessThanOrEqual(before));
  });

  it('of a log that is deleted meanwhile ends well', async () => {
    await keep(mixed);
    const reads = Array.from({ length: 20 }, (_, i) => log.read(runId, i, 50));
    await log.delete(runId);
    for (const page of await Promise.all(reads)) expect([0, 50]).toContain(page.length);
    expect(await log.read(runId, 0, 50)).toEqual([]);
  });

  const descriptors = async () => (await readdir('/proc/self/fd')).length;
});
