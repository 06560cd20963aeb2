import { describe, expect, it } from '@jest/globals';
import { parseTimeLimit, writeTimeLimit } from '../../../src/ui/editor/time-limit.js';

describe('a time limit as it is typed', () => {
  it.each([
    ['', null],
    ['  ', null],
    ['5 min', 300_000],
    ['5m', 300_000],
    ['90 s', 90_000],
    ['90sec', 90_000],
    ['1h 30m', 5_400_000],
    ['1 h 30 min', 5_400_000],
    ['1.5 h', 5_400_000],
    ['1,5 H', 5_400_000],
    ['2 minutes', 120_000],
    ['1 d', 86_400_000],
    ['1 s 500 ms', 1500],
    ['250ms', 250],
    ['0 s', 0],
  ])('%j is %j ms', (text, ms) => expect(parseTimeLimit(text)).toEqual({ ms }));

  it.each(['5', '1.5', ' 90 '])('%j lacks a unit, and is told which there are', (text) => {
    const number = text.trim();
    expect(parseTimeLimit(text)).toEqual({ problem: `needs a unit: ${number} s, ${number} min or ${number} h` });
  });

  it.each(['soon', '5 fortnights', '5 min or so', 'min', '-5 min', '5 min 3', '1:30', '5 constructor'])(
    '%j is no time',
    (text) => {
      expect(parseTimeLimit(text)).toHaveProperty('problem', expect.stringContaining('is written like'));
    },
  );
});

describe('a time limit as it is shown', () => {
  it.each([
    [null, ''],
    [300_000, '5 min'],
    [5_400_000, '1 h 30 min'],
    [90_000, '1 min 30 s'],
    [1500, '1 s 500 ms'],
    [86_400_000, '1 d'],
    [90_061_001, '1 d 1 h 1 min 1 s 1 ms'],
    [0, '0 ms'],
  ])('%j is %j', (ms, text) => expect(writeTimeLimit(ms)).toBe(text));

  it('comes back to the millisecond', () => {
    for (const ms of [100, 101, 999, 59_999, 60_001, 3_599_999, 86_399_999, 86_400_000]) {
      expect(parseTimeLimit(writeTimeLimit(ms))).toEqual({ ms });
    }
  });
});
