import { describe, expect, it } from '@jest/globals';
import { holdsMoreThan, JsonValues } from '../../../../src/adapters/http/edge/json-values.js';
import { LIMITS } from '../../../../src/domain/limits.js';

const countOf = (json: string, pieceBytes = Infinity): number => {
  const values = new JsonValues();
  const bytes = Buffer.from(json);
  for (let at = 0; at < bytes.length; at += pieceBytes) values.add(bytes.subarray(at, at + pieceBytes));
  return values.count;
};

/** Of every value one, and of every name one: what the count of the bytes may not fall short of. */
const partsOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 1;
  const inner = Object.values(value).reduce<number>((sum, each) => sum + partsOf(each), 1);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
};

describe('the count of the values of a JSON text', () => {
  it.each([
    ['{}', 1],
    ['[1,2,3]', 3],
    ['{"a":[{},{}],"b":"x"}', 8],
    ['"a,b:[{"', 0],
    ['["\\",:[{","\\\\",1]', 3],
    ['["\\\\\\",,,",2]', 2],
    ['', 0],
  ])('of %s is %d, wherever its bytes are cut', (json, count) => {
    for (const size of [1, 2, 3, 1000]) expect(countOf(json, size)).toBe(count);
  });

  it('is never less than half of what JSON.parse makes of it', () => {
    for (const value of [
      [[], [], [[[]]]],
      [0, 0, 0],
      { a: 1, b: { c: [], d: {} } },
      Array.from({ length: 99 }, () => ({})),
    ]) {
      expect(2 * countOf(JSON.stringify(value)) + 1).toBeGreaterThanOrEqual(partsOf(value));
    }
  });

  it('lets everything through that a request may hold', () => {
    const text = 'x'.repeat(50);
    const script = {
      script: '{[,:'.repeat(1000),
      env: Array.from({ length: LIMITS.envEntries }, (_, i) => ({ key: `KEY_${i}`, value: ',:', secret: true })),
      // not there yet: what parameters will look like
      parameters: Array.from({ length: 30 }, (_, i) => ({
        key: `p${i}`,
        options: Array.from({ length: 200 }, (__, j) => ({ value: `${j}`, label: text })),
      })),
    };
    const report = {
      part: 1,
      pieces: Array.from({ length: LIMITS.reportPieces }, () => ({ stream: 'stdout', line: text })),
      end: { status: 'succeeded', result: Array.from({ length: Math.floor(LIMITS.resultBytes / 3) }, () => []) },
    };
    for (const body of [script, report]) expect(countOf(JSON.stringify(body))).toBeLessThan(LIMITS.bodyValues);
  });
});

describe('a value that was parsed elsewhere', () => {
  it('is known to hold more than so many values, however they are nested', () => {
    expect(holdsMoreThan({ a: [1, 2, { b: 3 }] }, 100)).toBe(false);
    expect(holdsMoreThan('x'.repeat(1000), 100)).toBe(false);
    expect(holdsMoreThan(null, 100)).toBe(false);
    expect(holdsMoreThan(Array.from({ length: 101 }), 100)).toBe(true);
    expect(holdsMoreThan(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, i])), 100)).toBe(true);
    expect(holdsMoreThan([Array.from({ length: 60 }), Array.from({ length: 60 })], 100)).toBe(true);
    let deep: unknown = 1;
    for (let i = 0; i < 1_000_000; i++) deep = [deep];
    expect(holdsMoreThan(deep, 100)).toBe(true);
  });

  it('is left as soon as that is known', () => {
    const list = Array.from({ length: 200 }, (_, i) => ({
      get looked(): number {
        throw new Error(`item ${i} was looked at`);
      },
    }));
    expect(holdsMoreThan(list, 100)).toBe(true);
  });

  it('may refer to itself', () => {
    const ring: unknown[] = [];
    ring.push(ring);
    expect(holdsMoreThan(ring, 100)).toBe(true);
  });
});
