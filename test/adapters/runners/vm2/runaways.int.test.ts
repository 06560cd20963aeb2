import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { probeIsolation } from '../../../../src/adapters/runners/vm2/isolation/probe-isolation.js';
import type { Vm2Runner } from '../../../../src/adapters/runners/vm2/vm2-runner.js';
import type { RunOutcome } from '../../../../src/domain/run/run-outcome.js';
import { eventually } from '../../../support/eventually.js';
import { exited, isAlive, KILLED, openVm2, PLAIN_SETUP, PROGRAM, runToEnd, startRun } from './vm2-for-tests.js';

const MB = 1024 * 1024;
const OUT_OF_MEMORY = expect.objectContaining({
  kind: 'exited',
  exitCode: null,
  signal: expect.stringMatching(/^SIG(KILL|ABRT|TRAP|ILL)$/),
  leftovers: [],
  reason: 'memory',
  message: 'the script ran out of memory: it may have 384 MiB, of which 128 MiB for its objects and strings',
});

describe('a script that never ends', () => {
  const runner = openVm2({ findSetup: probeIsolation });
  afterAll(() => runner.close());

  it.each([
    ['a loop', 'for (;;);'],
    ['a loop of promises', 'const again = () => { Promise.resolve().then(again) }; again()'],
    ['a loop of awaits', 'for (;;) await 0'],
    ['a pattern that never finishes', '/(a+)+$/.test("a".repeat(50) + "b")'],
    ['strings that double', 'let s = "x"; for (;;) try { s += s } catch (e) { s = "x" }'],
    ['a flood on the console', 'for (;;) console.log("x".repeat(1000))'],
    ['a flood without newlines in errors', 'for (;;) { const e = new Error("x".repeat(1e5)); console.error(e) }'],
    ['a thenable that always has another', 'const t = { then(f) { f(t) } }; t'],
  ])('goes on until it is ended, and harms nobody: %s', async (_, script) => {
    const costs = watchCosts();
    const { outcome, told, identity, terminate } = startRun(runner, script, { output: () => undefined });
    await eventually(() => expect(cpuMsOf(identity().pid)).toBeGreaterThan(300));
    terminate();
    expect(await outcome).toEqual(KILLED);
    expect(told).toEqual(['started', 'killing']);
    expect(isAlive(identity().pid)).toBe(false);
    expect(costs.stop()).toEqual({ memory: 'little', delay: 'little' });
  });
});

describe.each([
  ['without isolation', () => Promise.resolve(PLAIN_SETUP)],
  ['behind the isolation of this machine', () => probeIsolation(PROGRAM)],
])('a script that takes all memory, %s,', (_, findSetup) => {
  let runner: Vm2Runner;
  beforeAll(() => {
    runner = openVm2({ findSetup });
  });
  afterAll(() => runner.close());

  it.each([
    ['objects', 'const all = []; for (;;) all.push({ all: [1, 2, 3] })'],
    ['an array that grows', 'const all = []; for (;;) all.push(1, 2, 3)'],
    ['a map that grows', 'const all = new Map(); for (let i = 0; ; i++) all.set(i, [i])'],
    ['strings', 'const all = []; for (;;) all.push("x".repeat(1e6) + all.length).toString()'],
    ['promises that wait for each other', 'const again = () => Promise.resolve().then(again); await again()'],
  ])('ends for want of memory, and harms nobody: %s', async (_, script) => {
    const costs = watchCosts();
    const { outcome } = await runToEnd(runner, script);
    expect(outcome).toEqual(OUT_OF_MEMORY);
    expect(costs.stop()).toEqual({ memory: 'little', delay: 'little' });
  });

  it.each([
    ['many typed arrays', 'const all = []; for (;;) try { all.push(new Uint8Array(1e6).fill(1)) } catch (e) { e }'],
    ['huge typed arrays', 'const all = []; for (;;) try { all.push(new Uint8Array(1e9).fill(1)) } catch (e) { e }'],
    [
      'shared memory',
      'const all = []; for (;;) try { all.push(new Uint8Array(new SharedArrayBuffer(1e8)).fill(1)) } catch (e) { e }',
    ],
  ])('never has more memory than it may: %s', async (_, script) => {
    const { outcome, identity, terminate } = startRun(runner, script);
    let over: RunOutcome | null = null;
    void outcome.then((end) => (over = end));
    let peak = 0;
    await eventually(
      () => {
        const { pid } = identity();
        if (over === null) peak = Math.max(peak, residentMbOf(pid));
        expect(over !== null || cpuMsOf(pid) > 2000).toBe(true);
      },
      { timeoutMs: 50_000 },
    );
    terminate();
    expect([OUT_OF_MEMORY, KILLED]).toContainEqual(await outcome);
    expect(peak).toBeLessThan(384 + 400); // the watchdog looks every 100 ms, and memory is fast
  });
});

describe('a flood on the console', () => {
  it('arrives exact, however much it is and whatever it costs to keep', async () => {
    const lines = 65_000;
    const line = (i: number): string => `${i} ${'grüße 😀 '.repeat(66)}`;
    const expected = createHash('sha256');
    for (let i = 0; i < lines; i++) expected.update(`${line(i)}\n`);
    const arrived = createHash('sha256');
    const costs = watchCosts();
    let bytesArrived = 0;
    const script = `for (let i = 0; i < ${lines}; i++) console.log(i + ' ' + ${JSON.stringify('grüße 😀 '.repeat(66))})`;
    const { outcome } = await runToEnd(openVm2(), script, {
      output: (_, text, bytes) => {
        arrived.update(text);
        bytesArrived += bytes;
        return Math.floor(bytesArrived / MB) % 5 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined;
      },
    });
    expect(outcome).toEqual(exited(0));
    expect(bytesArrived).toBeGreaterThan(50 * MB);
    expect(arrived.digest('hex')).toBe(expected.digest('hex'));
    expect(costs.stop()).toEqual({ memory: 'little', delay: 'little' });
  });
});

/** What a run costs the process that watches it. */
const watchCosts = (): { stop: () => { memory: string; delay: string } } => {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20).unref();
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  return {
    stop: () => {
      clearInterval(timer);
      delays.disable();
      const grownMb = Math.round((most - before) / MB);
      const delayMs = Math.round(delays.percentile(50) / 1e6); // what else the machine does delays some
      return {
        memory: grownMb < 50 ? 'little' : `${grownMb} MB`,
        delay: delayMs < 150 ? 'little' : `${delayMs} ms`,
      };
    },
  };
};

/** Fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms. */
const cpuMsOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const residentMbOf = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1024;
};
