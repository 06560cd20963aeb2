import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cleanUp, freshDataDir, type Server, startServer } from './support/server.js';

const LIMIT_MS = 3000;

const RUNAWAYS: readonly (readonly [name: string, script: string])[] = [
  ['a loop', 'for (;;);'],
  ['a loop of promises', 'const again = () => { Promise.resolve().then(again) }; again()'],
  ['a loop of awaits', 'for (;;) await 0'],
  ['a pattern that never finishes', '/(a+)+$/.test("a".repeat(50) + "b")'],
  ['an array that grows', 'const all = []; for (;;) all.push(new Array(1000).fill("x"))'],
  ['array buffers', 'const all = []; for (;;) try { all.push(new ArrayBuffer(1e8)) } catch (e) { e }'],
  ['typed arrays', 'const all = []; for (;;) try { all.push(new Float64Array(1e6).fill(1)) } catch (e) { e }'],
  ['a flood on the console', 'for (;;) console.log("x".repeat(10000))'],
];

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024;

describe('vm2 scripts', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ ...(await freshDataDir()), MAX_LOG_BYTES: '1000000' });
  });
  afterAll(cleanUp);

  it('that run away, eight at once, are ended, and the server answers all the while and does not grow', async () => {
    await server.api.runToEnd({ name: 'Warm', type: 'node', runner: 'vm2', script: '1' });
    const before = residentMb(server.pid);
    let most = before;
    const runIds = await Promise.all(
      RUNAWAYS.map(([name, script]) =>
        server.api.run({ name, type: 'node', runner: 'vm2', timeoutMs: LIMIT_MS, script }),
      ),
    );
    let left = runIds.length;
    const ends = Promise.all(
      runIds.map(async (runId) => {
        const run = await server.api.ended(runId, 40_000);
        left--;
        return run;
      }),
    );
    while (left > 0) {
      expect((await server.api.get('/healthz')).status).toBe(200);
      most = Math.max(most, residentMb(server.pid));
    }
    for (const [index, run] of (await ends).entries()) {
      expect([RUNAWAYS[index]![0], run.status, run.meta.reason]).toEqual([
        RUNAWAYS[index]![0],
        ...(run.status === 'failed' ? ['failed', 'memory'] : ['timed_out', 'timeout']),
      ]);
      expect(run.meta.durationMs).toBeLessThan(LIMIT_MS + 2000);
    }
    expect(most - before).toBeLessThan(50);
  }, 60_000);

  it('that poison all there is to poison leave nothing to the next, a hundred times', async () => {
    const script = `
      const names = Object.getOwnPropertyNames(globalThis).length;
      console.log([1, 2].map((x) => x + 1).join(), JSON.stringify({ a: 1 }), typeof {}.poison, typeof poison, typeof env, names);
      for (const made of [Object, Array, Function, String, Promise, Error, Map, WeakMap, RegExp, Symbol])
        for (const key of Reflect.ownKeys(made.prototype)) try { made.prototype[key] = () => 'poisoned' } catch (e) { e }
      Object.prototype.poison = Object.prototype.then = globalThis.poison = () => 'poisoned';
      globalThis.JSON = globalThis.console = env = null;`;
    const { id } = await server.api.createScript({ name: 'Poison', type: 'node', runner: 'vm2', script });
    const printed = new Set<string>();
    let begun = 0;
    const worker = async (): Promise<void> => {
      while (begun++ < 100)
        printed.add((await server.api.ended(await server.api.startRun(id))).outputTail.split('\n')[0] ?? '');
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    expect([...printed]).toEqual([expect.stringMatching(/^2,3 \{"a":1\} undefined undefined object \d+$/)]);
  }, 120_000);
});
