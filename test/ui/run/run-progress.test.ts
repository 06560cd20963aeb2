import { describe, expect, it } from '@jest/globals';
import { REASONS } from '../../../src/domain/run/script-run.js';
import { curlCommand } from '../../../src/ui/run/curl-command.js';
import { readLineHash, writeLineHash } from '../../../src/ui/run/line-hash.js';
import { type ReadableRun, reasonInWords, signalsInWords } from '../../../src/ui/run/reason-words.js';
import { afterEvent, progressOf, readAgain } from '../../../src/ui/run/run-progress.js';

const meta = {
  actor: { type: 'admin', name: 'ada' },
  timeoutMs: 90_000,
  signal: null,
  reason: null,
  message: null,
  durationMs: null,
  cancel: null,
};
const run = (fields: object = {}, metaFields: object = {}): ReadableRun =>
  ({
    status: 'queued',
    startedAt: null,
    finishedAt: null,
    exitCode: null,
    ...fields,
    meta: { ...meta, ...metaFields },
  }) as unknown as ReadableRun;

const status = (fields: object) => ({ seq: 1, type: 'status', ts: '2026-01-01T00:00:10.000Z', ...fields }) as never;

describe('how a run comes along', () => {
  it('is told by its events', () => {
    const running = afterEvent(progressOf(run()), status({ status: 'running' }));
    expect(running.run).toMatchObject({ status: 'running', startedAt: '2026-01-01T00:00:10.000Z' });
    const ending = afterEvent(running, status({ status: 'running', phase: 'terminating' }));
    expect(ending.phase).toBe('terminating');
    const ended = afterEvent(
      ending,
      status({
        ts: '2026-01-01T00:00:12.500Z',
        status: 'canceled',
        exitCode: null,
        signal: 'SIGTERM',
        reason: 'canceled',
      }),
    );
    expect(ended.phase).toBeNull();
    expect(ended.run).toMatchObject({ status: 'canceled', meta: { durationMs: 2500, signal: 'SIGTERM' } });
    expect(afterEvent(ended, status({ status: 'running' }))).toBe(ended);
  });

  it('keeps its phase when it is read again, until it has ended', () => {
    const killing = { run: run({ status: 'running' }), phase: 'killing' as const };
    expect(readAgain(killing, run({ status: 'running' }, { cancel: {} })).phase).toBe('killing');
    expect(readAgain(killing, run({ status: 'canceled', finishedAt: '2026-01-01T00:00:00.000Z' })).phase).toBeNull();
    expect(progressOf(run({ status: 'running' }, { cancel: {} })).phase).toBe('canceling');
  });
});

describe('the reason of an end', () => {
  it.each(REASONS)('%s is said in a sentence', (reason) =>
    expect(reasonInWords(run({ exitCode: 3 }, { reason, signal: 'SIGSEGV' }))).toMatch(/^[A-Z].{10,}\.$/),
  );

  it('names what is known', () => {
    expect(reasonInWords(run({ exitCode: 3 }, { reason: 'exit-code' }))).toContain('exit code 3');
    expect(reasonInWords(run({}, { reason: 'signal', signal: 'SIGSEGV' }))).toContain('SIGSEGV');
    expect(reasonInWords(run({}, { reason: 'timeout' }))).toContain('90 seconds');
    expect(reasonInWords(run({}, { reason: 'canceled', cancel: { by: { name: 'ada' } } }))).toBe('ada canceled it.');
    expect(reasonInWords(run({}, { reason: 'from-the-future' }))).toContain('from-the-future');
    expect(reasonInWords(run())).toBeNull();
  });
});

it('what was sent to end a run is told, with what is left', () => {
  const signalled = (fields: object) => signalsInWords(run({}, { signalled: fields }));
  expect(signalled({ signals: ['SIGTERM', 'SIGKILL'], processes: 3, survivors: 'some' })).toBe(
    'Runlet sent SIGTERM and SIGKILL to 3 processes; some are left.',
  );
  expect(signalled({ signals: ['SIGTERM'], processes: 1, survivors: 'possible' })).toContain(
    '1 process; none is known',
  );
  expect(signalsInWords(run({}, { signalled: null }))).toBeNull();
});

describe('the address of lines', () => {
  it.each([
    ['L7', { from: 7, to: 7 }],
    ['L7-L9', { from: 7, to: 9 }],
    ['L9-7', { from: 7, to: 9 }],
    ['L0', null],
    ['L', null],
    ['L1-L2-L3', null],
    ['top', null],
  ])('%s', (hash, lines) => expect(readLineHash(hash)).toEqual(lines));

  it('is written as it is read', () => {
    expect(writeLineHash({ from: 7, to: 7 })).toBe('L7');
    expect(writeLineHash({ from: 7, to: 9 })).toBe('L7-L9');
  });
});

it('a command for the shell stays one argument, whatever the address holds', () =>
  expect(curlCommand("http://x/'$(id)'")).toBe(`curl -u "$RUNLET_USER" -X POST 'http://x/'\\''$(id)'\\'''`));
