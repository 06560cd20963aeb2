import { describe, expect, it } from '@jest/globals';
import { makeInspect } from '../../../../../src/adapters/runners/vm2/child/sandbox-inspect.js';

describe('the formatter of the console', () => {
  const inspect = makeInspect();

  it.each<[string, unknown, string]>([
    ['a string as it is', 'a\n"b"', 'a\n"b"'],
    ['numbers', [1.5, -0, NaN, 10n], '[ 1.5, -0, NaN, 10n ]'],
    ['nothing', [null, undefined, true], '[ null, undefined, true ]'],
    ['strings in something quoted', ["it's", 'a\nb\\', `"'`], String.raw`[ "it's", 'a\nb\\', '"\'' ]`],
    ['keys', { a: 1, 'b c': 2, [Symbol('s')]: 3 }, "{ a: 1, 'b c': 2, [Symbol(s)]: 3 }"],
    ['nothing in it', [{}, [], new Map(), new Set()], '[ {}, [], Map(0) {}, Set(0) {} ]'],
    ['holes', [1, , , 2], '[ 1, <2 empty>, 2 ]'], // eslint-disable-line no-sparse-arrays
    [
      'functions',
      [
        () => 1,
        class Foo {
          x = 1;
        },
        function bar() {
          return 1;
        },
      ],
      '[ [Function: (anonymous)], [class Foo], [Function: bar] ]',
    ],
    ['collections', new Map([[{ k: 1 }, new Set(['v'])]]), "Map(1) { { k: 1 } => Set(1) { 'v' } }"],
    ['dates', [new Date(0), new Date(NaN)], '[ 1970-01-01T00:00:00.000Z, Invalid Date ]'],
    ['a pattern', /a\/b/gi, '/a\\/b/gi'],
    ['bytes', new Uint8Array([1, 2]), 'Uint8Array(2) [ 1, 2 ]'],
    [
      'an object of a class',
      new (class Point {
        x = 1;
      })(),
      'Point { x: 1 }',
    ],
    ['an array of a class', new (class Row extends Array {})(3).fill(0), 'Row(3) [ 0, 0, 0 ]'],
    [
      'an object without a prototype',
      Object.assign(Object.create(null), { a: 1 }),
      '[Object: null prototype] { a: 1 }',
    ],
    ['what is deep', [[[[[[1]]]]]], '[ [ [ [ [Array] ] ] ] ]'],
    [
      'accessors, uncalled',
      {
        get a() {
          throw new Error();
        },
        set b(_: number) {
          throw new Error();
        },
      },
      '{ a: [Getter], b: [Setter] }',
    ],
  ])('shows %s', (_, value, shown) => {
    expect(inspect(value)).toBe(shown);
  });

  it('breaks what is long into lines', () => {
    const long = { first: 'x'.repeat(50), second: ['y'.repeat(30), { z: 1 }] };
    expect(inspect(long)).toBe(`{\n  first: '${'x'.repeat(50)}',\n  second: [ '${'y'.repeat(30)}', { z: 1 } ]\n}`);
  });

  it('shows a circle, and twice the same object that is none', () => {
    const circle: Record<string, unknown> = { shared: [1] };
    circle.again = circle.shared;
    circle.self = circle;
    expect(inspect(circle)).toBe('{ shared: [ 1 ], again: [ 1 ], self: [Circular] }');
  });

  it('shows an error by its stack, with what else it carries', () => {
    const cause = new Error('inner');
    const error = Object.assign(new TypeError('outer', { cause }), { code: 'E_OUTER' });
    error.stack = 'TypeError: outer\n    at script.js:1:1';
    cause.stack = 'Error: inner\n    at script.js:2:2';
    expect(inspect(error)).toBe(
      "TypeError: outer\n    at script.js:1:1 {\n  code: 'E_OUTER',\n  cause: Error: inner\n      at script.js:2:2\n}",
    );
  });

  it('cuts what has too many entries', () => {
    expect(inspect(Array(1000).fill(7))).toContain('... 900 more');
    expect(inspect(new Set(Array(150).keys()))).toContain('... 50 more');
    expect(inspect(Object.fromEntries(Array(101).entries()))).toContain('... 1 more');
  });

  it('stays small where each of many entries has many', () => {
    const wide = (depth: number): unknown => (depth === 0 ? 0 : Array(50).fill(wide(depth - 1)));
    expect(inspect(wide(4)).length).toBeLessThan(200_000);
  });

  it.each<[string, unknown]>([
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    ],
    ['a proxy that was revoked', revoked()],
    [
      'an error whose stack throws',
      Object.defineProperty(new Error(), 'stack', {
        get: () => {
          throw new Error('no');
        },
      }),
    ],
    ['a map that is none', Object.create(Map.prototype)],
  ])('says of %s that it throws, and shows the rest', (_, hostile) => {
    expect(inspect([1, hostile, 2])).toBe('[ 1, [throws when looked at], 2 ]');
  });

  it('does not call what an object says of itself', () => {
    const lies = { toString: () => 'a lie', toJSON: () => 'a lie', [Symbol.toPrimitive]: () => 'a lie' };
    expect(inspect([Object.assign(Object.create(lies), { a: 1 })])).toBe('[ { a: 1 } ]');
  });
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
