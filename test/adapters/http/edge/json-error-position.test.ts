import { describe, expect, it } from '@jest/globals';
import { jsonErrorPosition } from '../../../../src/adapters/http/edge/json-error-position.js';

describe('the place where a text stops being JSON', () => {
  it.each([
    ['', 1, 1],
    ['{"a": x}', 1, 7],
    ['{"a": 1,}', 1, 9],
    ['{"a" 1}', 1, 6],
    ['{a: 1}', 1, 2],
    ["{'a': 1}", 1, 2],
    ['{"a": 1', 1, 8],
    ['{"a": 1]', 1, 8],
    ['[1, 2}', 1, 6],
    ['[1,]', 1, 4],
    ['{"a": 01}', 1, 8],
    ['{"a": 1.}', 1, 8],
    ['{"a": "b}', 1, 10],
    ['{"a": "\\x"}', 1, 8],
    ['{"a": "\\u12"}', 1, 8],
    ['{"a": "line\nbreak"}', 1, 12],
    ['{\n  "a": true,\n  "b": nul\n}', 3, 8],
    ['{"a": 1} 2', 1, 10],
    ['{} {}', 1, 4],
    ['nothing', 1, 1],
  ])('%j breaks off at line %d, column %d', (text, line, column) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(jsonErrorPosition(text)).toEqual({ line, column });
  });

  it('agrees with JSON.parse wherever a good text is cut or spoilt', () => {
    const good = '{"a":[1,-2.5e+3,{"b":[]},{}],"c\\u00e9\\n":{"d":null,"e":[true,false,"x\\"y"]}, "f" : "" }';
    for (let at = 0; at < good.length; at++) {
      for (const spoilt of [good.slice(0, at), `${good.slice(0, at)}\u0001${good.slice(at + 1)}`]) {
        expect(() => JSON.parse(spoilt) as unknown).toThrow();
        const { column } = jsonErrorPosition(spoilt);
        expect(column).toBeLessThanOrEqual(at + 1);
        expect(column).toBeGreaterThan(at - 6); // an unfinished word or escape is reported where it begins
      }
    }
  });

  it('is found in deep nesting', () => {
    expect(jsonErrorPosition('['.repeat(1_000_000))).toEqual({ line: 1, column: 1_000_001 });
  });
});
