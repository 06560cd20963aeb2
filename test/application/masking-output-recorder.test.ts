import { describe, expect, it } from '@jest/globals';
import { MemoryRunLog } from '../../src/adapters/persistence/memory/memory-run-log.js';
import { fixedClock } from '../../src/adapters/system/fixed-clock.js';
import { MaskingOutputRecorder } from '../../src/application/masking-output-recorder.js';
import { makeRunMasking } from '../../src/application/run-masking.js';
import { decode, outputOf } from '../support/run-log-reading.js';

const RUN = '65f0000000000000000000bb';

const open = async ({ maxLogBytes = 1e9 } = {}) => {
  const log = new MemoryRunLog();
  const needs = {
    writer: await log.open(RUN),
    clock: fixedClock(),
    tailBytes: 1000,
    maxLogBytes,
    abandon: new AbortController().signal,
    publish: () => undefined,
  };
  const recorder = new MaskingOutputRecorder(needs, makeRunMasking(['s3cr3t-of-öne', '4 words of it']));
  const print = (text: string, stream: 'stdout' | 'stderr' = 'stdout') =>
    void recorder.output(stream, text, Buffer.byteLength(text));
  const stored = async () => decode(await log.read(RUN, 0, 1e6));
  return { recorder, print, stored };
};

describe('the recorder of a script with secrets', () => {
  it('masks each stream by itself, in log and tail', async () => {
    const { recorder, print, stored } = await open();
    print('out s3cr3t');
    print('err 4 words', 'stderr');
    print('-of-öne\n');
    print(' of it\n', 'stderr');
    const { outputTail } = await recorder.close();
    expect(outputOf(await stored(), 'stdout')).toBe('out ***\n');
    expect(outputOf(await stored(), 'stderr')).toBe('err ***\n');
    expect(outputTail).toBe('out err ***\n***\n');
  });

  it('counts what was printed, whole when it ends', async () => {
    const { recorder, print } = await open();
    const printed = ['s3cr3t-of-öne', ' and s3cr3t-of-öne\n', 's3cr3t-of'];
    for (const text of printed) print(text);
    recorder.dropped(1000);
    expect((await recorder.close()).output).toEqual({
      bytes: Buffer.byteLength(printed.join('')) + 1000,
      lines: 2,
      droppedBytes: 1000,
    });
  });

  it('keeps half a secret to itself until the end', async () => {
    const { recorder, print, stored } = await open();
    print('a s3cr3t-of');
    expect(recorder.progress().outputTail).toBe('a ');
    await recorder.close();
    expect(outputOf(await stored(), 'stdout')).toBe('a s3cr3t-of');
  });

  it('masks what Runlet says, with the name of a process that the kernel has cut', async () => {
    const { recorder, stored } = await open();
    recorder.note('left running: s3cr3t-of-öne (pid 1), s3cr3t-of-öne (pid 2), 4 words of it (pid 3)');
    await recorder.close();
    expect(outputOf(await stored(), 'system')).toBe('[runlet] left running: *** (pid 1), *** (pid 2), *** (pid 3)\n');
  });

  it('caps what is stored, not what was printed', async () => {
    const { recorder, print, stored } = await open({ maxLogBytes: 10 });
    print('s3cr3t-of-öne 4 words of it 12345');
    const { output } = await recorder.close();
    expect(outputOf(await stored(), 'stdout')).toBe('*** *** 12');
    expect(output).toMatchObject({ bytes: 34, droppedBytes: 3 });
  });
});

describe('masking what is told of a run', () => {
  const masking = makeRunMasking(['s3cr3t-that-is-longer-than-a-name']);

  it('reaches every text of its outcome', () => {
    const ended = masking.outcome({
      kind: 'exited',
      exitCode: 1,
      signal: null,
      message: 'of s3cr3t-that-is-longer-than-a-name',
      leftovers: [{ pid: 7, command: 's3cr3t-that-is-', ended: true }],
      result: { is: 's3cr3t-that-is-longer-than-a-name' },
    });
    expect(ended).toEqual({
      kind: 'exited',
      exitCode: 1,
      signal: null,
      message: 'of ***',
      leftovers: [{ pid: 7, command: '***', ended: true }],
      result: { is: '***' },
    });
    const notStarted = { kind: 'not-started', reason: 'spawn-failed' } as const;
    expect(masking.outcome({ ...notStarted, message: 'no s3cr3t-that-is-longer-than-a-name' })).toEqual({
      ...notStarted,
      message: 'no ***',
    });
  });

  it('reaches an error that is logged', () => {
    const masked = masking.error(new Error('s3cr3t-that-is-longer-than-a-name'));
    expect(`${masked.message} ${masked.stack ?? ''}`).not.toContain('s3cr3t');
  });
});
