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
  pipes: { stdout: NO_PIPE, stderr: NO_PIPE },
  containment: new GroupContainment(0),
  becomesReady: () => Promise.resolve(true),
  companions: () => Promise.resolve(0),
  give: () => true,
  takeover: () => Promise.resolve('begun'),
  discard: () => Promise.resolve(),
});
const NO_PIPE = { readFd: -1, writeFd: -1, path: '' };

it('makes up for what was taken a few ms later', async () => {
  expect(pool.take(JOB, '/')).not.toBeNull();
  await jest.advanceTimersByTimeAsync(4);
  expect(started).toBe(2);
  await jest.advanceTimersByTimeAsync(10);
  expect(started).toBe(3);
});

it('makes none in the midst of many that find none ready, and as many as it lost when they are over', async () => {
  for (let n = 0; n < 10; n++) {
    expect(pool.take(JOB, '/') === null).toBe(n >= 2);
    await jest.advanceTimersByTimeAsync(n < 2 ? 1 : 30);
  }
  expect(started).toBe(2);
  await jest.advanceTimersByTimeAsync(100);
  expect(started).toBe(4);
});
