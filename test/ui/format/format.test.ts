import { describe, expect, it } from '@jest/globals';
import { formatBytes } from '../../../src/ui/format/bytes.js';
import { formatDuration } from '../../../src/ui/format/duration.js';
import { formatTimeAgo } from '../../../src/ui/format/time.js';

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [4249, '4.2 s'],
    [59_900, '60 s'],
    [60_000, '1 min'],
    [125_000, '2 min 5 s'],
    [3_599_600, '1 h'],
    [3_780_000, '1 h 3 min'],
    [90_000_000, '1 d 1 h'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1_440_000, '1.4 MB'],
    [99_960, '100 kB'],
    [999_600, '1 MB'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatTimeAgo', () => {
  const now = new Date('2026-05-05T12:00:00Z');
  it.each([
    ['2026-05-05T11:59:55Z', 'just now'],
    ['2026-05-05T12:00:03Z', 'just now'],
    ['2026-05-05T11:59:20Z', '40 sec. ago'],
    ['2026-05-05T11:55:00Z', '5 min. ago'],
    ['2026-05-04T11:00:00Z', 'yesterday'],
    ['2025-04-01T00:00:00Z', 'last yr.'],
  ])('%s is %s', (time, text) => expect(formatTimeAgo(new Date(time), now)).toBe(text));
});
