import { describe, expect, it } from '@jest/globals';
import { scaleOf } from '../../../src/ui/history/chart-scale.js';

const HOUR = 3_600_000;
const times = (count: number, ms: number): number[] => Array<number>(count).fill(ms);

describe('the scale of the chart of runs', () => {
  it.each([
    ['one run of three hours among minutes', [...times(59, 60_000), 3 * HOUR], 60_000, 1],
    ['the only long one of four', [60_000, 61_000, 3 * HOUR, 59_000], 61_000, 1],
    ['three of sixty', [...times(57, 1000), HOUR, 2 * HOUR, 3 * HOUR], 1000, 3],
  ])('cuts off %s', (_, durations, top, clipped) => expect(scaleOf(durations)).toEqual({ top, clipped }));

  it.each([
    ['all alike', times(60, 5000)],
    ['a little longer', [...times(59, 10_000), 12_000]],
    ['one in two', [...times(30, 1000), ...times(30, 60_000)]],
    ['evenly spread', Array.from({ length: 60 }, (_, i) => i * 1000)],
    ['no time at all', times(3, 0)],
  ])('shows all of durations that are %s', (_, durations) => {
    expect(scaleOf(durations)).toEqual({ top: Math.max(1, ...durations), clipped: 0 });
  });
});
