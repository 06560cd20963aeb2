import { describe, expect, it } from '@jest/globals';
import { MemoryRunLog } from '../../src/adapters/persistence/memory/memory-run-log.js';
import { fixedClock } from '../../src/adapters/system/fixed-clock.js';
import { OutputRecorder } from '../../src/application/output-recorder.js';
import { patient } from '../../src/application/retry-while-unavailable.js';
import type { RunLogWriter } from '../../src/application/ports/run-log.js';
import { DomainError } from '../../src/domain/errors.js';
import { encodeEvent, type EncodedEvent, queuedEvent } from '../../src/domain/run/run-event.js';
import { aRun } from '../contracts/samples.js';
import { decode, outputOf } from '../support/run-log-reading.js';

const RUN = '65f0000000000000000000bb';

const settle = () => new Promise((resolve) => setImmediate(resolve));

const open = async (
  options: {
    maxLogBytes?: number;
    append?: (events: readonly EncodedEvent[], whole: RunLogWriter) => Promise<void>;
    openLog?: (writer: RunLogWriter) => Promise<RunLogWriter>;
    close?: () => Promise<void>;
  } = {},
) => {
  const log = new MemoryRunLog();
  const clock = fixedClock();
  const whole = await log.open(RUN);
  const { append } = options;
  const writes: EncodedEvent[][] = [];
  const writer: RunLogWriter = {
    lastSeq: whole.lastSeq,
    append: async (events) => {
      await (append ? append(events, whole) : whole.append(events));
      writes.push([...events]);
    },
    close: options.close ?? (() => whole.close()),
  };
  const published: EncodedEvent[] = [];
  const abandon = new AbortController();
  const recorder = new OutputRecorder({
    openLog: async (onWait) =>
      patient(await (options.openLog?.(writer) ?? writer), { clock, signal: abandon.signal, onWait }),
    beginning: queuedEvent(aRun({ id: RUN })),
    clock,
    tailBytes: 64,
    maxLogBytes: options.maxLogBytes ?? 1e9,
    abandon: abandon.signal,
    publish: (events) => void published.push(...events),
  });
  const print = (text: string, stream: 'stdout' | 'stderr' = 'stdout') =>
    recorder.output(stream, text, Buffer.byteLength(text));
  const stored = async () => decode(await log.read(RUN, 2, 1e6)); // after `queued` and `running`
  if (!append && !options.openLog) {
    await settle();
    expect(decode(published.splice(0))).toMatchObject([{ status: 'queued' }, { status: 'running' }]);
    writes.splice(0);
  }
  return { recorder, clock, print, stored, writes, published, abandon };
};

describe('the output recorder', () => {
  it('tells bytes that are not UTF-8 beside the text, counts them as printed and cuts between them', async () => {
    const { stored, recorder } = await open({ maxLogBytes: 5 });
    void recorder.output('stdout', 'ok\n', 3);
    await settle();
    void recorder.output('stdout', '\udcff\udce2\udc82\n', 4);
    const { output, outputTail } = await recorder.close();
    expect((await stored()).slice(0, 2)).toMatchObject([
      { stream: 'stdout', line: 'ok\n' },
      { stream: 'stdout', line: '\ufffd\ufffd', base64: Buffer.from('ffe2', 'hex').toString('base64') },
    ]);
    expect((await stored())[0]).not.toHaveProperty('base64');
    expect(output).toEqual({ bytes: 7, lines: 2, droppedBytes: 2 });
    expect(outputTail).toBe('ok\n\ufffd\ufffd\n');
  });

  it('lets a piece out at once after 50 ms of silence, and what follows within 50 ms together', async () => {
    const { print, clock, published, recorder } = await open();
    void print('a');
    await settle();
    expect(published.length).toBe(1);
    void print('b');
    void print('c');
    await clock.advance(49);
    expect(published.length).toBe(1);
    await clock.advance(1);
    await settle();
    expect(decode(published)).toMatchObject([
      { seq: 3, line: 'a', ts: '2026-01-01T00:00:00.000Z' },
      { seq: 4, line: 'bc', ts: '2026-01-01T00:00:00.000Z' },
    ]);
    await recorder.close();
  });

  it.each([
    ['back', '1999-01-01T00:00:00.000Z'],
    ['forward', '2099-01-01T00:00:00.000Z'],
  ])('waits no longer and no shorter when the clock is set %s', async (_, time) => {
    const { print, clock, published, recorder } = await open();
    void print('a');
    await settle();
    clock.set(time);
    void print('b');
    await clock.advance(49);
    expect(published.length).toBe(1);
    await clock.advance(1);
    await settle();
    expect(decode(published)).toMatchObject([{ line: 'a' }, { line: 'b', ts: time }]);
    await recorder.close();
  });

  it('does not wait when 16 KiB have come together', async () => {
    const { print, published, recorder } = await open();
    void print('a');
    await settle();
    void print('b'.repeat(16 * 1024));
    await settle();
    expect(published.length).toBe(2);
    await recorder.close();
  });

  it('keeps the order of arrival between the streams though one of them may go at once', async () => {
    const { print, recorder, clock, stored } = await open();
    void print('1');
    await settle();
    void print('2');
    void print('3', 'stderr');
    void print('4');
    await clock.advance(50);
    await recorder.close();
    expect((await stored()).map((event) => event.type === 'log' && event.line)).toEqual(['1', '2', '3', '4']);
  });

  it('writes all that waits in one append, and publishes only what is durable', async () => {
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const { print, published, writes, recorder } = await open({
      append: async (events, whole) => {
        await slow;
        await whole.append(events);
      },
    });
    await settle(); // its beginning is being written
    void print('first\n');
    for (let i = 0; i < 100; i++) void print(`${i}\n`, i % 2 ? 'stdout' : 'stderr');
    await settle();
    expect(published).toEqual([]);
    release();
    await recorder.close();
    expect(writes.map((events) => events.length)).toEqual([2, 101]);
    expect(published.map(({ seq }) => seq)).toEqual(Array.from({ length: 103 }, (_, i) => i + 1));
  });

  it('flushes at the end and tells what there was', async () => {
    const { print, recorder, stored } = await open();
    void print('one\n');
    void print('two');
    const progress = await recorder.close();
    expect(progress).toEqual({ outputTail: 'one\ntwo', output: { bytes: 7, lines: 2, droppedBytes: 0 }, lastSeq: 3 });
    expect(outputOf(await stored(), 'stdout')).toBe('one\ntwo');
  });

  it('stops keeping at the cap: exact to the byte, marked, counted, with the true tail', async () => {
    const { print, recorder, stored } = await open({ maxLogBytes: 10 });
    void print('12345678');
    void print('9é€'); // é would end at byte 11
    void print('the end');
    const { output, outputTail } = await recorder.close();
    const events = await stored();
    expect(outputOf(events, 'stdout')).toBe('123456789');
    expect(outputOf(events, 'system')).toBe(
      '[runlet] output past 10 bytes (MAX_LOG_BYTES) is counted but not kept; outputTail has its end\n',
    );
    expect(output).toEqual({ bytes: 21, lines: 1, droppedBytes: 12 });
    expect(outputTail).toBe('123456789é€the end');
  });

  it('makes the script wait past 1 MiB, and lets it go on when the log has caught up', async () => {
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const { print, recorder } = await open({ append: (events, whole) => slow.then(() => whole.append(events)) });
    let written = 0;
    let wait: Promise<void> | undefined;
    while (!wait && written < 1e8) {
      wait = print('x'.repeat(65_536));
      written += 65_536;
    }
    expect(written).toBe(1024 * 1024);
    release();
    await wait;
    await settle();
    expect(print('more')).toBeUndefined();
    await recorder.close();
  });

  it('makes a script that prints tiny pieces wait too', async () => {
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const { print, recorder } = await open({ append: (events, whole) => slow.then(() => whole.append(events)) });
    let pieces = 0;
    let wait: Promise<void> | undefined;
    for (; !wait && pieces < 1e5; pieces++) wait = print('x', pieces % 2 ? 'stdout' : 'stderr');
    expect(pieces).toBeLessThan(5000);
    release();
    await recorder.close();
  });

  it('in an outage holds up to 8 MiB, then makes the script wait; all is written when the store is back', async () => {
    let up = false;
    const { print, recorder, clock, stored } = await open({
      append: async (events, whole) => {
        if (!up) throw new DomainError('store.unavailable', 'gone');
        await whole.append(events);
      },
    });
    void print('first\n');
    await settle();
    let written = 6;
    let wait: Promise<void> | undefined;
    for (; !wait && written < 1e8; written += 65_536) wait = print('x'.repeat(65_536));
    expect(written).toBeGreaterThan(8 * 1024 * 1024);
    expect(written).toBeLessThan(9 * 1024 * 1024);
    up = true;
    await clock.advance(500);
    await wait;
    const { output } = await recorder.close();
    expect(output).toEqual({ bytes: written, lines: 2, droppedBytes: 0 });
    expect(outputOf(await stored(), 'stdout')).toHaveLength(written);
  });

  it('drains and counts what cannot be kept, and says why', async () => {
    const { print, recorder, published } = await open({
      append: () => Promise.reject(new Error('ENOSPC: no space left on device')),
    });
    void print('lost');
    await settle();
    void print(' too');
    const { output, lastSeq } = await recorder.close();
    expect({ output, lastSeq }).toEqual({ output: { bytes: 8, lines: 1, droppedBytes: 8 }, lastSeq: 0 });
    expect(recorder.lost).toBe('its log could not be written: ENOSPC: no space left on device');
    expect(published).toEqual([]);
  });

  it('holds what comes before its log is open, and writes it after the beginning of the log, all at once', async () => {
    let opened = (): void => undefined;
    const opening = new Promise<void>((resolve) => (opened = resolve));
    const { print, recorder, published, writes } = await open({
      openLog: async (writer) => {
        await opening;
        return writer;
      },
    });
    expect(print('early ')).toBeUndefined();
    await settle();
    void print('too\n');
    recorder.phase('terminating');
    await settle();
    expect(published).toEqual([]);
    opened();
    const { lastSeq } = await recorder.close();
    expect(decode(published)).toMatchObject([
      { seq: 1, status: 'queued' },
      { seq: 2, status: 'running' },
      { seq: 3, stream: 'stdout', line: 'early too\n' },
      { seq: 4, status: 'running', phase: 'terminating' },
    ]);
    expect([lastSeq, writes.length]).toEqual([4, 1]);
  });

  it('makes the script wait past 1 MiB while its log is not open', async () => {
    let opened = (): void => undefined;
    const opening = new Promise<void>((resolve) => (opened = resolve));
    const { print, recorder, stored } = await open({ openLog: (writer) => opening.then(() => writer) });
    let written = 0;
    let wait: Promise<void> | undefined;
    for (; !wait && written < 1e8; written += 65_536) wait = print('x'.repeat(65_536));
    expect(written).toBe(1024 * 1024);
    opened();
    await wait;
    await recorder.close();
    expect(outputOf(await stored(), 'stdout')).toHaveLength(written);
  });

  it('goes on a log that was begun before, and counts on from there', async () => {
    const log = new MemoryRunLog();
    const before = await log.open(RUN);
    await before.append([encodeEvent(queuedEvent(aRun({ id: RUN })))]);
    const { print, recorder, published } = await open({ openLog: () => log.open(RUN) });
    void print('a');
    expect(await recorder.close()).toMatchObject({ lastSeq: 3 });
    expect(decode(published)).toMatchObject([
      { seq: 2, status: 'running' },
      { seq: 3, line: 'a' },
    ]);
  });

  it('counts the output of a run whose log cannot be opened, and says why', async () => {
    const { print, recorder } = await open({ openLog: () => Promise.reject(new Error('EACCES: permission denied')) });
    void print('lost');
    await settle();
    for (let n = 0; n < 100; n++) expect(print('x'.repeat(65_536))).toBeUndefined();
    const { output, outputTail, lastSeq } = await recorder.close();
    expect(output).toEqual({ bytes: 4 + 6_553_600, lines: 1, droppedBytes: 4 + 6_553_600 });
    expect([outputTail, lastSeq]).toEqual(['x'.repeat(64), 0]);
    expect(recorder.lost).toBe('its log could not be opened: EACCES: permission denied');
  });

  it('says so when its log cannot be closed; what is in it counts as kept', async () => {
    const { print, recorder, stored } = await open({ close: () => Promise.reject(new Error('EIO: i/o error')) });
    void print('kept');
    expect(await recorder.close()).toMatchObject({ output: { bytes: 4, droppedBytes: 0 }, lastSeq: 3 });
    expect(recorder.lost).toBe('its log could not be closed: EIO: i/o error');
    expect(outputOf(await stored(), 'stdout')).toBe('kept');
  });

  it('gives up on a store that does not come back when it is told to', async () => {
    const { print, recorder, abandon } = await open({
      append: () => Promise.reject(new DomainError('store.unavailable', 'gone')),
    });
    void print('x');
    const closed = recorder.close();
    abandon.abort(new Error('stopping'));
    await expect(closed).rejects.toThrow('stopping');
  });
});
