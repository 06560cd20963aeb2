import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { GroupContainment } from '../../../../../src/adapters/runners/host/containment/group-containment.js';
import { WarmPool } from '../../../../../src/adapters/runners/host/ready/warm-pool.js';
import type { PreStartedShell } from '../../../../../src/adapters/runners/host/ready/pre-started-shell.js';

const JOB = { runId: '0123456789abcdef01234567', token: 'a token', script: ':' };

let started: number;
let pool: WarmPool;

beforeEach(async () => {
  jest.useFakeTimers();
  started = 0;
  pool = new WarmPool({
    size: 2,
    start: () => {
      started++;
      return Promise.resolve(waitingShell());
    },
  });
  await pool.fill();
});
afterEach(async () => {
  jest.useRealTimers();
  await pool.close();
});

const waitingShell = (): PreStartedShell => ({
  process: { pid: 0, startTime: 0, spawnCgroup: null, ended: new Promise(() => undefined), isWatched: () => true },
  containment: new GroupContainment(0),
  contained: Promise.resolve(),
  becomesReady: () => Promise.resolve(true),
  companions: () => Promise.resolve(0),
  give: () => true,
  read: () => {
    throw new Error('has no output');
  },
  takeover: () => Promise.resolve('begun'),
  discard: () => Promise.resolve(),
});

it('makes up for what was taken a few ms later', async () => {
  expect(pool.take(JOB, '/')).not.toBeNull();
  await jest.advanceTimersByTimeAsync(4);
  expect(started).toBe(2);
  await jest.advanceTimersByTimeAsync(10);
  expect(started).toBe(3);
});

it('goes on refilling while scripts that run one after the other find none ready', async () => {
  for (let n = 0; n < 10; n++) {
    const found = pool.take(JOB, '/') !== null;
    const run = new AbortController();
    pool.accompany(once(run.signal, 'abort'));
    await jest.advanceTimersByTimeAsync(n < 2 ? 1 : 10);
    run.abort();
    await jest.advanceTimersByTimeAsync(0);
    expect(found).toBe(n !== 2);
  }
  expect(started).toBe(9 + 2); // as many as were taken, and as many as wait
});

it('makes none in the midst of many that run at the same time, and as many as it lost when they are over', async () => {
  for (let n = 0; n < 10; n++) {
    expect(pool.take(JOB, '/') === null).toBe(n >= 2);
    pool.accompany(new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(n < 2 ? 1 : 30);
  }
  expect(started).toBe(2);
  await jest.advanceTimersByTimeAsync(100);
  expect(started).toBe(4);
});

it('waits for no start when it is closed', async () => {
  const hanging = new WarmPool({
    size: 2,
    start: async (giveUp) => {
      await once(giveUp, 'abort');
      throw new Error('taken back');
    },
  });
  const filling = hanging.fill();
  await hanging.close();
  await filling;
});

it('gives a start up that takes too long, and goes on', async () => {
  const starts: AbortSignal[] = [];
  const hanging = new WarmPool({
    size: 1,
    start: async (giveUp) => {
      if (starts.push(giveUp) > 1) return waitingShell();
      await once(giveUp, 'abort');
      throw new Error('taken back');
    },
  });
  void hanging.fill();
  await jest.advanceTimersByTimeAsync(9000);
  expect(starts.map(({ aborted }) => aborted)).toEqual([false]);
  await jest.advanceTimersByTimeAsync(1000);
  expect(starts[0]?.aborted).toBe(true);
  expect(hanging.take(JOB, '/')).toBeNull();
  await jest.advanceTimersByTimeAsync(10);
  expect(hanging.take(JOB, '/')).not.toBeNull();
  await hanging.close();
});

it('keeps nobody waiting for a shell whose start fails, and throws nothing at them', async () => {
  const failing = new WarmPool({
    size: 1,
    start: async () => {
      await pause(100);
      throw new Error('no more processes');
    },
  });
  const filling = failing.fill();
  const { coming } = failing;
  expect(coming).not.toBeNull();
  await jest.advanceTimersByTimeAsync(100);
  await coming;
  await filling;
  await failing.close();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
