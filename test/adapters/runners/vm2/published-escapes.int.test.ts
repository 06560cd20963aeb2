import { afterAll, describe, expect, it } from '@jest/globals';
import { runInThisContext } from 'node:vm';
import { probeIsolation } from '../../../../src/adapters/runners/vm2/isolation/probe-isolation.js';
import { openVm2, runToEnd } from './vm2-for-tests.js';

/*
 * The ways out of vm2 that its advisories describe, in words of our own. Each tries `reach` on what it got hold of. What counts is not only
 * that vm2 holds, which it did not always: whoever gets out finds an empty environment and no server.
 */

const REACH = `
  const OwnFunction = Function;
  const say = console.log;
  const reach = (thing) => {
    try {
      const MakeFunction = thing.constructor.constructor;
      if (typeof MakeFunction === 'function' && MakeFunction !== OwnFunction) say('FOUND a function of another realm');
      const outer = MakeFunction('return process')();
      if (outer && outer.pid) say('FOUND a process, in its environment ' + Object.keys(outer.env).length);
    } catch (e) { e }
    return thing;
  };
  const deep = (use) => { const go = () => { try { go() } catch (e) { use(e) } }; try { go() } catch (e) { use(e) } };
`;

const ESCAPES: readonly (readonly [advisory: string, script: string])[] = [
  [
    'Error replaced, and its prepareStackTrace',
    `const Real = Error; globalThis.Error = { prepareStackTrace: (_, sites) => sites.map((s) => reach(s.getThis() ?? s)) }; new Real().stack`,
  ],
  [
    'prepareStackTrace and an unhandled rejection',
    `Error.prepareStackTrace = (_, sites) => { reach(sites); reach(sites[0]); return '' }; (async () => { throw new Error('x') })(); (async () => { null.x })()`,
  ],
  [
    'a trap called when the stack is full',
    `const trap = new Proxy({}, { getPrototypeOf() { deep(() => new Error().stack); return null } }); try { throw trap } catch (e) { reach(e) }`,
  ],
  [
    'an error whose preparation throws',
    `const e = new Error(); e.name = { toString: new Proxy(() => '', { apply: (_, self, args) => { reach(args); reach(self); throw args } }) }; try { e.stack } catch (x) { reach(x) }`,
  ],
  [
    'a class thrown by what is thrown',
    `try { throw new Proxy(class {}, { get: (_, key, self) => reach(self), getOwnPropertyDescriptor() { deep(reach) } }) } catch ({ constructor: c }) { reach(c) }`,
  ],
  [
    'Symbol.species of a promise',
    `const p = (async () => deep(() => new Error().stack))();
     p.constructor = { [Symbol.species]: class { constructor(run) { run(reach, reach) } } }; try { p.then() } catch (e) { reach(e) } ; await 0`,
  ],
  [
    'inspect.custom of what the host formats',
    `const custom = Symbol.for('nodejs.util.inspect.custom'); const o = { [custom]: (depth, options, inspect) => { reach(inspect); reach(options); return '' } };
     console.log(o); try { await import(o) } catch (e) { reach(e) } try { WebAssembly.compileStreaming(o) } catch (e) { reach(e) }`,
  ],
  [
    'catch of a promise that an async function made',
    `const e = new Error(); e.name = Symbol(); await (async () => e.stack)().catch((x) => { reach(x); reach(x.constructor) })`,
  ],
  [
    'an async generator that is told to return a thenable',
    `const inner = { [Symbol.asyncIterator]: () => ({ next: (value) => ({ value: () => value, done: false }), throw: (value) => ({ value: () => value, done: false }) }) };
     const through = async (act) => { const g = (async function* () { yield* inner })(); await g.next(); const { value } = await g.return({ then(r) { act(); r() } }); reach(typeof value === 'function' ? value() : value) };
     const dive = (d) => { if (d > 0) dive(d - 1); const e = new Error(); e.stack; throw e };
     for (const depth of [0, 100, 5000, 9000, 20000, 200000]) await through(() => dive(depth)).catch(reach)`,
  ],
  [
    'WeakMap and Reflect of the bridge, replaced',
    `for (const method of ['get', 'set', 'has']) { const real = WeakMap.prototype[method]; WeakMap.prototype[method] = function (...args) { args.forEach(reach); reach(this); return real.apply(this, args) } }
     for (const name of Reflect.ownKeys(Reflect)) { const real = Reflect[name]; if (typeof real === 'function') Reflect[name] = (...args) => { args.forEach(reach); return real(...args) } }
     console.log({}); reach(env); reach(console.log)`,
  ],
  [
    'Symbol.species of an array, and functions that take an array of the host',
    `class Trap extends Array { static get [Symbol.species]() { return function (n) { reach(this); return [] } } } ; const t = Trap.from([1, 2]); t.map(reach); t.concat([console]).forEach(reach); console.log(t)`,
  ],
  [
    'arguments and callers',
    `function f() { try { reach(f.caller); reach(arguments.callee.caller) } catch (e) { reach(e) } } f(); console.log({ get x() { f(); return 1 }, toJSON: f, toString: f })`,
  ],
  [
    'SuppressedError, AggregateError and causes',
    `const boom = () => { const e = new Error(); e.name = Symbol(); return e.stack }; try { boom() } catch (x) { reach(x); reach(x.cause) }
     await Promise.any([(async () => boom())()]).catch((x) => { reach(x); (x.errors ?? []).forEach(reach) }); await Promise.allSettled([(async () => boom())()]).then((all) => all.forEach(({ reason }) => reach(reason)))`,
  ],
  [
    'dynamic import',
    `const p = import('node:fs'); reach(p); p.catch((e) => reach(e)); try { reach(await p) } catch (e) { reach(e) }`,
  ],
  [
    'a function from its text',
    `for (const make of [Function, (async () => {}).constructor, (function* () {}).constructor, (async function* () {}).constructor, eval]) try { reach(make('return this')()) } catch (e) { reach(e) }`,
  ],
];

describe('the published ways out of vm2', () => {
  const runner = openVm2({ findSetup: probeIsolation });
  afterAll(() => runner.close());

  it.each(ESCAPES)('lead nowhere: %s', async (_, script) => {
    process.env.SECRET_OF_THE_SERVER = 'hunter2';
    const body = `${REACH}\ntry { ${script} } catch (e) { reach(e) }\nawait 0; return 'tried';`;
    const { outcome, stdout, stderr } = await runToEnd(runner, body).finally(() => {
      delete process.env.SECRET_OF_THE_SERVER;
    });
    expect(stdout + stderr).not.toMatch(/FOUND|SyntaxError/);
    expect(JSON.stringify(outcome) + stdout + stderr).not.toMatch(/hunter2|SECRET_OF_THE_SERVER/);
  });

  it('are tried: what is reached in a process without vm2 is found', () => {
    const said: string[] = [];
    const reach = runInThisContext(`(console, thing) => { ${REACH} reach(thing) }`) as (
      console: object,
      thing: unknown,
    ) => void;
    reach({ log: (text: string) => said.push(text) }, globalThis.process);
    expect(said.join()).toMatch(/^FOUND .*a process, in its environment [1-9]/);
  });
});
