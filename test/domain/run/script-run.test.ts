import { describe, expect, it } from '@jest/globals';
import { judge, type RunOutcome } from '../../../src/domain/run/run-outcome.js';
import { finalEvents, encodeEvent } from '../../../src/domain/run/run-event.js';
import { finishRun, isFinal, RUN_STATUSES, startRun, type RunEnd } from '../../../src/domain/run/script-run.js';
import { OutputDigest } from '../../../src/domain/run/output-digest.js';
import { aRun, at } from '../../contracts/samples.js';

const end = (given: Partial<RunEnd> = {}): RunEnd => ({
  status: 'failed',
  reason: 'exit-code',
  message: null,
  exitCode: 7,
  signal: null,
  leftovers: [],
  outputTail: 'oh',
  output: { bytes: 2, lines: 1, droppedBytes: 0 },
  lastSeq: 5,
  ...given,
});

const exited = (exitCode: number | null, signal: string | null = null): RunOutcome => ({
  kind: 'exited',
  exitCode,
  signal,
  leftovers: [],
});

const outOfMemory: RunOutcome = { kind: 'exited', exitCode: null, signal: 'SIGKILL', leftovers: [], reason: 'memory' };

describe('a run', () => {
  it('moves from queued to running to one end, and no further', () => {
    const running = startRun(aRun(), 'token', at(1));
    const failed = finishRun(running, end(), at(3));
    expect(failed).toMatchObject({
      status: 'failed',
      exitCode: 7,
      outputTail: 'oh',
      finishedAt: at(3),
      meta: { durationMs: 2000, lastSeq: 5 },
    });
    expect(() => startRun(failed, 'other', at(4))).toThrow('a run that is failed cannot become running');
    expect(() => finishRun(failed, end({ status: 'canceled' }), at(4))).toThrow('cannot become canceled');
    expect(RUN_STATUSES.filter(isFinal)).toEqual(['succeeded', 'failed', 'canceled', 'timed_out']);
  });

  it.each([
    [exited(0), null, 'succeeded', null],
    [exited(7), null, 'failed', 'exit-code'],
    [exited(null, 'SIGKILL'), null, 'failed', 'signal'],
    [exited(0), 'canceled' as const, 'canceled', 'canceled'],
    [exited(0), 'timeout' as const, 'timed_out', 'timeout'],
    [exited(null, 'SIGTERM'), 'shutdown' as const, 'canceled', 'shutdown'],
    [{ kind: 'not-started', reason: 'cwd-missing', message: '/x' } as const, null, 'failed', 'cwd-missing'],
    [outOfMemory, null, 'failed', 'memory'],
  ])('%j, ended for %j, is %s, %s', (outcome, cause, status, reason) => {
    expect(judge(outcome, cause)).toMatchObject({ status, reason });
  });

  it('makes its last two events from its end, numbered after the log', () => {
    const run = finishRun(startRun(aRun(), 'token', at(1)), end(), at(3));
    const ending = { ts: at(3).toISOString(), status: 'failed', exitCode: 7, signal: null, reason: 'exit-code' };
    expect(finalEvents(run)).toEqual([
      { seq: 6, type: 'status', ...ending },
      { seq: 7, type: 'done', ...ending },
    ]);
    expect(encodeEvent(finalEvents(run)[1]).json).toMatch(/^\{"seq":7,"type":"done",/);
  });
});

describe('the digest of an output', () => {
  it('counts bytes and lines, a last one without newline included, and keeps the tail at a character', () => {
    const digest = new OutputDigest(6);
    digest.add('stdout', 'one\ntw');
    digest.add('stderr', 'oops');
    digest.add('stdout', 'o\n🌍');
    expect(digest.counts()).toEqual({ bytes: 16, lines: 4, droppedBytes: 0 });
    expect(digest.tail()).toBe('o\n🌍');
  });

  it('does not count what Runlet says', () => {
    const digest = new OutputDigest(100);
    digest.add('system', 'note\n');
    expect([digest.counts().bytes, digest.tail()]).toEqual([0, '']);
  });

  it('keeps only what its tail needs', () => {
    const digest = new OutputDigest(1000);
    for (let i = 0; i < 10_000; i++) digest.add('stdout', `${String(i).padStart(9, '0')}\n`);
    expect(digest.tail()).toHaveLength(1000);
    expect(digest.tail().endsWith('000009999\n')).toBe(true);
  });
});
