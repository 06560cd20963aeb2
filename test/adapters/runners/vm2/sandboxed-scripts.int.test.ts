import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openVm2, runToEnd, exited } from './vm2-for-tests.js';

/** Every way is tried in one script; each answers what it got hold of, or how it failed. */
const attempt = (expression: string): string => `
  const answers = [];
  const look = (x) => {
    if (x === null || (typeof x !== 'object' && typeof x !== 'function')) return typeof x;
    if (typeof x.pid === 'number' || typeof x.binding === 'function' || typeof x.mainModule === 'object') return 'process';
    return 'nothing';
  };
  const got = [];
  try { got.push(${expression}) } catch (e) { got.push(e && e.constructor && e.constructor.constructor) }
  for (const thing of got) {
    answers.push(look(thing));
    for (const code of ['return process', 'return this.process', 'return globalThis.process']) {
      try { answers.push(look(thing.constructor.constructor(code)())) } catch (e) { answers.push('thrown') }
      try { answers.push(look(thing(code)())) } catch (e) { answers.push('thrown') }
    }
  }
  answers.some((answer) => answer === 'process') ? 'ESCAPED' : typeof process + typeof require`;

describe('a script in vm2', () => {
  beforeAll(() => {
    process.env.SECRET_OF_THE_SERVER = 'hunter2';
  });
  afterAll(() => {
    delete process.env.SECRET_OF_THE_SERVER;
  });
  const runner = openVm2();

  it.each([
    'this.constructor.constructor',
    'globalThis.constructor.constructor',
    '(function () { return this })()',
    'console.log.constructor',
    'console.log.constructor.constructor',
    'console.constructor.constructor',
    'console.log.caller',
    'console.log.__proto__.constructor',
    'Object.getPrototypeOf(console.log).constructor',
    'env.constructor',
    'Object.getOwnPropertyDescriptor(globalThis, "console").value.log.bind.constructor',
    'Reflect.ownKeys(globalThis).map((key) => globalThis[key]).find((x) => x && x.mainModule)',
    '(() => { const f = Error.prepareStackTrace; Error.prepareStackTrace = (e, sites) => sites; const sites = new Error().stack; Error.prepareStackTrace = f; return sites.map((s) => s.getThis && s.getThis()).find(Boolean) })()',
    '(() => { const f = Error.prepareStackTrace; Error.prepareStackTrace = (e, sites) => sites; const sites = new Error().stack; Error.prepareStackTrace = f; return sites.map((s) => s.getFunction && s.getFunction()).find(Boolean) })()',
    '(() => { try { (function f() { f() })() } catch (e) { return e.constructor.constructor } })()',
    '(() => { const f = () => { try { f() } catch (e) { try { console.log(1) } catch (e2) { throw e2 } } }; try { f() } catch (e) { return e.constructor } })()',
    '(() => { try { console.log(new Proxy({}, { get() { throw this }, ownKeys() { throw { toString: 1 } } })) } catch (e) { return e } })()',
    '(() => { class P extends Promise {}; Object.defineProperty(P, Symbol.species, { value: function (f) { f((x) => x, (x) => x); return { then() {} } } }); return P.resolve(1).then(() => 1) })()',
    '(() => { const e = new Error(); e.name = Symbol(); try { e.stack } catch (x) { return x } return Error })()',
    'Symbol.for("nodejs.util.inspect.custom") && console.log({ [Symbol.for("nodejs.util.inspect.custom")]: (d, o, inspect) => inspect.constructor("return process")() })',
    'arguments.callee.caller',
    'new Proxy(console.log, {}).constructor',
    'Array.prototype.map.constructor',
    '(async function () {}).constructor',
    'JSON.parse.constructor',
  ])('gets hold of nothing by %s', async (expression) => {
    const { outcome, stdout, stderr } = await runToEnd(runner, attempt(expression));
    expect(outcome).toEqual(exited(0, { result: 'undefinedundefined' }));
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('gets hold of nothing through the promise that it ends with', async () => {
    const { outcome, stderr } = await runToEnd(
      runner,
      `({ then(resolve, reject) {
        let found = 'nothing';
        try { found = resolve.constructor.constructor('return process')() } catch (e) { found = 'nothing' }
        resolve(typeof found === 'string' ? found : Object.keys(found.env));
      } })`,
    );
    expect({ outcome, stderr }).toEqual({ outcome: exited(0, { result: 'nothing' }), stderr: '' });
  });

  it('gets hold of nothing through an error of its own that is thrown', async () => {
    const { outcome, stderr } = await runToEnd(
      runner,
      `const hostile = new Error('x');
      const reach = (x) => { try { console.log(typeof x.constructor.constructor('return process')()) } catch (e) { console.log('nothing') } };
      Object.defineProperty(hostile, 'stack', { get() { reach(this); return { toString() { return 'forged' } } } });
      Object.defineProperty(hostile, 'name', { get() { reach(new Error()); return Symbol() } });
      throw new Proxy(hostile, { get(target, key, receiver) { reach(receiver); return Reflect.get(target, key) } });`,
    );
    expect(outcome).toEqual(exited(1));
    expect(stderr).toMatch(/^Uncaught /);
  });

  it('sees only the names of the language and what it is offered', async () => {
    const { outcome } = await runToEnd(runner, 'Object.getOwnPropertyNames(globalThis)');
    const names = (outcome as unknown as { result: string[] }).result;
    const language = new Set(Object.getOwnPropertyNames(globalThis));
    const none = ['process', 'Buffer', 'require', 'GLOBAL', 'root', 'VMError', 'setTimeout', 'WebAssembly', 'fetch'];
    expect(names.filter((name) => none.includes(name))).toEqual([]);
    expect(names.filter((name) => !language.has(name))).toEqual(['env']);
  });

  it('shows no line of Runlet or of vm2 in a trace', async () => {
    const { stderr } = await runToEnd(
      runner,
      'Error.stackTraceLimit = 100; const f = () => { throw new Error("x") }; [1].map(f)',
    );
    expect(stderr).toBe('Uncaught Error: x\n    at f (script.js:1:54)\n    at script.js:1:76\n');
  });

  it('poisons nothing but itself', async () => {
    const warm = openVm2({ poolSize: 1 });
    warm.warm();
    const poison = `
      for (const proto of [Object.prototype, Array.prototype, Function.prototype, String.prototype, Promise.prototype, Error.prototype])
        for (const key of Reflect.ownKeys(proto)) try { proto[key] = () => 'poisoned' } catch (e) { e }
      Object.prototype.result = Object.prototype.then = Object.prototype.env = Object.prototype.toJSON = () => 'poisoned';
      Array.prototype[Symbol.iterator] = () => { throw 1 };
      JSON.stringify = JSON.parse = () => 'poisoned'; globalThis.console = env = null;
      1`;
    try {
      for (let i = 0; i < 3; i++) {
        await runToEnd(warm, poison);
        const { outcome, stdout } = await runToEnd(
          warm,
          'console.log([1, { a: "b" }]); await ({ a: [1] })\nreturn { a: [1] }',
        );
        expect(stdout).toBe("[ 1, { a: 'b' } ]\n");
        expect(outcome).toEqual(exited(0, { result: { a: [1] } }));
      }
    } finally {
      await warm.close();
    }
  });
});
