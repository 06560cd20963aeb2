import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ServerClock } from '../../../src/ui/platform/server-clock.js';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 0, 1, 12);

describe("the server's clock", () => {
  let clock: ServerClock;
  beforeEach(() => {
    jest.useFakeTimers({ now: NOON });
    clock = new ServerClock();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** An answer of a server whose clock differs by `skew`, `ago` after the page began and `tookMs` under way. */
  const answer = (at: number, skew: number, tookMs = 40): void => {
    jest.setSystemTime(at);
    clock.note(new Date(at - tookMs / 2 + skew).toUTCString(), tookMs);
  };
  const skewNow = (): number => clock.now() - Date.now();

  it.each([0, 1, 300, 999])('is not corrected where both agree, whatever part of the second it is: %i ms', (part) => {
    for (let i = 0; i < 50; i++) answer(NOON + part + i * 137, 0);
    expect(skewNow()).toBe(0);
  });

  it.each([HOUR, -HOUR, 90_000, -25_500])(
    'is known to the second after one answer, and better after more: %i ms',
    (skew) => {
      answer(NOON + 420, skew);
      expect(Math.abs(skewNow() - skew)).toBeLessThanOrEqual(1040);
      for (let i = 1; i < 50; i++) answer(NOON + 420 + i * 137, skew);
      expect(Math.abs(skewNow() - skew)).toBeLessThanOrEqual(100);
    },
  );

  it('says when times that are shown have to be corrected, and only then', () => {
    const corrected: number[] = [];
    clock.onChange(() => corrected.push(skewNow()));
    answer(NOON, 0);
    expect(corrected).toEqual([]);
    answer(NOON + 500, HOUR);
    answer(NOON + 600, HOUR);
    expect(corrected).toHaveLength(1);
    expect(Math.abs((corrected[0] ?? 0) - HOUR)).toBeLessThanOrEqual(1040);
  });

  it('does not jump with each answer', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 200; i++) {
      answer(NOON + i * 137, HOUR);
      if (i >= 20) seen.add(skewNow());
    }
    expect([...seen].every((each) => Math.abs(each - [...seen][0]!) < 50)).toBe(true);
  });

  it('follows a clock that is set', () => {
    answer(NOON, 0);
    answer(NOON + 1000, HOUR);
    expect(Math.abs(skewNow() - HOUR)).toBeLessThanOrEqual(1040);
    answer(NOON + 2000, 0);
    expect(Math.abs(skewNow())).toBeLessThanOrEqual(1040);
  });

  it('does without a date, and with one that is none', () => {
    clock.note(null, 5);
    clock.note('yesterday', 5);
    expect(skewNow()).toBe(0);
  });
});
