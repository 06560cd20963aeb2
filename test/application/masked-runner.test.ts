import { describe, expect, it } from '@jest/globals';
import { MemoryRunLog } from '../../src/adapters/persistence/memory/memory-run-log.js';
import { fixedClock } from '../../src/adapters/system/fixed-clock.js';
import { maskedRunner } from '../../src/application/masked-runner.js';
import { OutputRecorder } from '../../src/application/output-recorder.js';
import type { RunWatch } from '../../src/application/ports/script-runner.js';
import { makeRunMasking } from '../../src/application/run-masking.js';
import { queuedEvent } from '../../src/domain/run/run-event.js';
import type { RunOutcome } from '../../src/domain/run/run-outcome.js';
import { aRun } from '../contracts/samples.js';
import { decode, outputOf } from '../support/run-log-reading.js';
import { exited } from '../support/scripted-runner.js';

const RUN = '65f0000000000000000000bb';
const JOB = { runId: RUN, token: 'a token', script: '', env: [], workingDirectory: '' };
const PROCESS = { pid: 7, startTime: null, bootId: null, cookie: 'c', cgroup: null };

type Print = (text: string, stream?: 'stdout' | 'stderr') => void;

/** What is recorded of a script with two secrets that does what `script` says. */
const record = async (
  script: (watch: RunWatch, print: Print, recorder: OutputRecorder) => Promise<void> | void,
  { maxLogBytes = 1e9, outcome = exited() } = {},
) => {
  const log = new MemoryRunLog();
  const recorder = new OutputRecorder({
    openLog: () => log.open(RUN),
    beginning: queuedEvent(aRun({ id: RUN })),
    clock: fixedClock(),
    tailBytes: 1000,
    maxLogBytes,
    abandon: new AbortController().signal,
    publish: () => undefined,
  });
  const running = {
    run: async (_: unknown, watch: RunWatch) => {
      watch.started(PROCESS);
      const print: Print = (text, stream = 'stdout') => void watch.output(stream, text, Buffer.byteLength(text));
      await script(watch, print, recorder);
      return outcome;
    },
    close: () => Promise.resolve(),
  };
  const never = new AbortController().signal;
  const told = await maskedRunner(running, makeRunMasking(['s3cr3t-of-öne', '4 words of it'])).run(JOB, {
    started: () => undefined,
    output: (...piece) => recorder.output(...piece),
    dropped: (bytes) => recorder.dropped(bytes),
    phase: (phase) => recorder.phase(phase),
    note: (message) => recorder.note(message),
    terminate: never,
    kill: never,
  });
  const progress = await recorder.close();
  const events = decode(await log.read(RUN, 0, 1e6));
  return { recorder, told, ...progress, on: (stream: 'stdout' | 'stderr' | 'system') => outputOf(events, stream) };
};

describe('the runner of a script with secrets', () => {
  it('masks each stream by itself, in log and tail', async () => {
    const { on, outputTail } = await record((_, print) => {
      print('out s3cr3t');
      print('err 4 words', 'stderr');
      print('-of-öne\n');
      print(' of it\n', 'stderr');
    });
    expect(on('stdout')).toBe('out ***\n');
    expect(on('stderr')).toBe('err ***\n');
    expect(outputTail).toBe('out err ***\n***\n');
  });

  it('counts what was printed, whole when it ends', async () => {
    const printed = ['s3cr3t-of-öne', ' and s3cr3t-of-öne\n', 's3cr3t-of'];
    const { output } = await record((watch, print) => {
      for (const text of printed) print(text);
      watch.dropped(1000);
    });
    expect(output).toEqual({ bytes: Buffer.byteLength(printed.join('')) + 1000, lines: 2, droppedBytes: 1000 });
  });

  it('keeps half a secret to itself until the end', async () => {
    let tailMeanwhile = '';
    const { on } = await record((_, print, recorder) => {
      print('a s3cr3t-of');
      tailMeanwhile = recorder.progress().outputTail;
    });
    expect(tailMeanwhile).toBe('a ');
    expect(on('stdout')).toBe('a s3cr3t-of');
  });

  it('masks what Runlet says, with the name of a process that the kernel has cut', async () => {
    const { on } = await record((watch) => {
      watch.note('left running: s3cr3t-of-öne (pid 1), s3cr3t-of-öne (pid 2), 4 words of it (pid 3)');
    });
    expect(on('system')).toBe('[runlet] left running: *** (pid 1), *** (pid 2), *** (pid 3)\n');
  });

  it('caps what is stored, not what was printed', async () => {
    const { on, output } = await record((_, print) => print('s3cr3t-of-öne 4 words of it 12345'), { maxLogBytes: 10 });
    expect(on('stdout')).toBe('*** *** 12');
    expect(output).toMatchObject({ bytes: 34, droppedBytes: 3 });
  });

  it('masks the outcome, and the error that it fails with', async () => {
    const outcome = { ...exited(1), message: 'of s3cr3t-of-öne' } as RunOutcome;
    expect((await record(() => undefined, { outcome })).told).toMatchObject({ message: 'of ***' });
    const failing = record(() => Promise.reject(new Error('spawn TOKEN=s3cr3t-of-öne: E2BIG')));
    await expect(failing).rejects.toThrow('spawn TOKEN=***: E2BIG');
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
