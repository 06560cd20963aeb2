import { beforeEach, describe, expect, it } from '@jest/globals';
import { fixedClock, type FixedClock } from '../../src/adapters/system/fixed-clock.js';
import { Problems } from '../../src/application/problems.js';

describe('Problems', () => {
  let clock: FixedClock;
  let lines: string[];
  let problems: Problems;

  beforeEach(() => {
    clock = fixedClock('2026-01-01T00:00:00.000Z');
    lines = [];
    const keep = (_: object, message: string): void => void lines.push(message);
    problems = new Problems({ clock, log: { info: keep, warn: keep, error: keep } });
  });

  it('keep when each began, take the latest words, and log the beginning and the end once', async () => {
    problems.raise('store.missing', 'the file is gone; put it back');
    await clock.advance(1000);
    problems.raise('store.missing', 'the folder is gone; put it back');
    expect(problems.list()).toEqual([
      {
        code: 'store.missing',
        message: 'the folder is gone; put it back',
        since: new Date('2026-01-01T00:00:00.000Z'),
      },
    ]);
    problems.clear('store.missing');
    problems.clear('store.missing');
    expect(problems.list()).toEqual([]);
    expect(lines).toEqual(['the file is gone; put it back', 'a problem is over']);
  });

  it('stand beside each other', () => {
    problems.raise('queue.held', '3 runs wait');
    problems.raise('store.missing', 'the file is gone');
    problems.clear('queue.held');
    expect(problems.list().map(({ code }) => code)).toEqual(['store.missing']);
  });
});
