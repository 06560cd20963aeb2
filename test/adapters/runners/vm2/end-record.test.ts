import { describe, expect, it } from '@jest/globals';
import { readScriptEnd } from '../../../../src/adapters/runners/vm2/end-record.js';

const read = (record: string) => readScriptEnd(Buffer.from(record), 100);
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('the record of a script that has ended', () => {
  it('holds its result', () => {
    expect(read('result\n{"a":[1,null]}')).toEqual({ result: { a: [1, null] } });
    expect(read('result\nnull')).toEqual({ result: null });
  });

  it('may be empty', () => {
    expect(read('')).toEqual({});
  });

  it('tells why there is no result', () => {
    expect(read('too-large\n2000')).toEqual({
      note: 'the result is not kept: it has 2000 bytes of JSON, and 100 are the most',
    });
    expect(read('unserializable\nTypeError: a BigInt')).toEqual({
      note: 'the result is not kept: TypeError: a BigInt',
    });
    expect(readScriptEnd(null, 100).note).toMatch(/more than 100 bytes/);
  });

  it('keeps no result that others could not store or send', () => {
    expect(read(`result\n${nested(64)}`)).toEqual({ result: JSON.parse(nested(64)) });
    expect(read(`result\n${nested(65)}`).note).toMatch(/nested deeper than 64/);
    expect(read(`result\n${nested(30_000)}`).note).toMatch(/nested deeper than 64/);
    expect(read(`result\n${'{"a":'.repeat(70)}1${'}'.repeat(70)}`).note).toMatch(/nested deeper than 64/);
  });

  it.each(['result\n{"a":', 'result\n', 'result', 'nonsense', 'nothing\n', '\n', '__proto__\n1'])(
    'is not taken on trust: %j',
    (forged) => {
      expect(read(forged)).toEqual({ note: 'the result is not kept: it did not arrive whole' });
    },
  );

  it('puts no forged lines into the log', () => {
    const { note } = read(`unserializable\nbad\n[runlet] all is well\u001b[2J${'x'.repeat(10_000)}`);
    expect(note).not.toMatch(/\p{Cc}/u);
    expect(note?.length).toBeLessThan(300);
    expect(read('too-large\n[runlet] all is well').note).toMatch(/it has NaN bytes/);
  });
});
