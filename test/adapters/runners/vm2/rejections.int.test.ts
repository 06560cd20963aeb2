import { afterAll, describe, expect, it } from '@jest/globals';
import { exited, openVm2, runToEnd } from './vm2-for-tests.js';

describe('A rejection in a vm2 script', () => {
  const runner = openVm2();
  afterAll(() => runner.close());

  it.each([
    ['of Promise.reject', 'Promise.reject(new Error("bad")); console.log("end")'],
    ['of a throw in `then`', 'Promise.resolve().then(() => { throw new Error("bad") }); console.log("end")'],
    ['of a throw in an executor', 'new Promise(() => { throw new Error("bad") }); console.log("end")'],
    ['of a call of reject', 'new Promise((_, reject) => reject(new Error("bad"))); console.log("end")'],
    ['of an async function', 'const f = async () => { throw new Error("bad") }; f(); console.log("end")'],
    ['of an async generator', 'async function* g() { throw new Error("bad") } g().next(); console.log("end")'],
    ['of Promise.all', 'Promise.all([1, Promise.reject(new Error("bad"))]); console.log("end")'],
    ['of Promise.race', 'Promise.race([Promise.reject(new Error("bad")), 1]); console.log("end")'],
    ['of Promise.any', 'Promise.any([Promise.reject(new Error("bad"))]); console.log("end")'],
    ['of a subclass', 'class P extends Promise {} P.reject(new Error("bad")); console.log("end")'],
    ['of `finally`', 'Promise.resolve().finally(() => { throw new Error("bad") }); console.log("end")'],
    ['of a handler of another', 'Promise.reject(1).catch(() => { throw new Error("bad") }); console.log("end")'],
    ['of a thenable', 'Promise.resolve({ then(_, no) { no(new Error("bad")) } }); console.log("end")'],
    ['beside awaited work', 'Promise.reject(new Error("bad")); console.log("end"); await null; return 5'],
  ])('%s that nobody handles fails the run with its stack', async (_, script) => {
    const { outcome, stdout, stderr } = await runToEnd(runner, script);
    expect([outcome, stdout]).toEqual([exited(1), 'end\n']);
    expect(stderr).toMatch(/^Uncaught .*(\n.*)*Error: bad\n +at .*script\.js:1:/);
  });

  it.each([
    ['undefined'],
    ['null'],
    ['0'],
    ['"text"'],
    ['Symbol("s")'],
    ['Object.create(null)'],
    ['{ get stack() { throw 1 } }'],
  ])('with %s fails the run too', async (reason) => {
    const { outcome, stderr } = await runToEnd(runner, `Promise.reject(${reason})`);
    expect(outcome).toEqual(exited(1));
    expect(stderr).toMatch(/^Uncaught /);
  });

  it.each([
    ['by catch', 'Promise.reject(new Error("x")).catch(() => console.log("handled"))'],
    ['by `then` with two functions', 'Promise.reject(1).then(null, () => console.log("handled"))'],
    ['by await', 'try { await Promise.reject(1) } catch { console.log("handled") }'],
    [
      'by await in an async function',
      '(async () => { try { await new Promise((_, no) => no(1)) } catch { console.log("handled") } })()',
    ],
    ['by Promise.allSettled', 'Promise.allSettled([Promise.reject(1)]).then(() => console.log("handled"))'],
    [
      'by a later step of the chain',
      'Promise.reject(1).then(() => 1).finally(() => 2).catch(() => console.log("handled"))',
    ],
    [
      'a moment later',
      'const p = Promise.reject(1); Promise.resolve().then(() => 0).then(() => p.catch(() => console.log("handled")))',
    ],
  ])('that is handled %s says nothing', async (_, script) => {
    const { outcome, stdout, stderr } = await runToEnd(runner, script);
    expect([outcome, stdout, stderr]).toEqual([exited(0), 'handled\n', '']);
  });

  it('is handled by a function that has the name of the one vm2 adds', async () => {
    const script = 'Promise.reject(1).then(undefined, function localPromiseSwallow() { console.log("handled") })';
    expect(await runToEnd(runner, script)).toMatchObject({ outcome: exited(0), stdout: 'handled\n', stderr: '' });
  });
});
