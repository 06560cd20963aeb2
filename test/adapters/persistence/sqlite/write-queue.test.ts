import { expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { eventually } from '../../../support/eventually.js';
import { WriteQueue } from '../../../../src/adapters/persistence/sqlite/write-queue.js';

const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });

it('tries only the first of those that wait, however many they are', async () => {
  const queue = new WriteQueue();
  const began = performance.now();
  const tries = Array.from({ length: 1000 }, () => 0);
  let isHeld = true;
  const writes = tries.map((_, n) =>
    queue.run(() => {
      tries[n] = (tries[n] ?? 0) + 1;
      if (isHeld) throw busy;
      return n;
    }),
  );
  while (Number(tries[0]) < 3) await after(1);
  expect(tries[0]).toBeLessThan(2 + (performance.now() - began) / 10);
  expect(tries.slice(1).every((count) => count === 0)).toBe(true);
  isHeld = false;
  expect(await Promise.all(writes)).toEqual(tries.map((_, n) => n));
  expect(tries.slice(1).every((count) => count === 1)).toBe(true);
});

it('gives the process a turn now and then while it does many that have waited', async () => {
  const queue = new WriteQueue();
  let isHeld = true;
  let turn = 0;
  const turnsOfWrites: number[] = [];
  const write = () =>
    queue.run(() => {
      if (isHeld) throw busy;
      for (const began = performance.now(); performance.now() - began < 2;); // ms of work
      turnsOfWrites.push(turn);
    });
  const writes = Array.from({ length: 100 }, write);
  const counting = setInterval(() => turn++, 0);
  isHeld = false;
  await Promise.all(writes);
  clearInterval(counting);
  expect(new Set(turnsOfWrites).size).toBeGreaterThan(5);
});

it('keeps what comes while it does those that have waited behind them', async () => {
  const queue = new WriteQueue();
  let isHeld = true;
  const done: string[] = [];
  const write = (name: string) =>
    queue.run(() => {
      if (isHeld) throw busy;
      for (const began = performance.now(); performance.now() - began < 2;); // ms of work
      done.push(name);
    });
  const writes = Array.from({ length: 30 }, (_, n) => write(`first ${n}`));
  isHeld = false;
  const coming = setInterval(() => writes.push(write(`then ${writes.length}`)), 1);
  await Promise.all(writes);
  clearInterval(coming);
  await Promise.all(writes);
  expect(done.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, n) => `first ${n}`));
  expect(done.length).toBeGreaterThan(30);
});

it('has an end to how many wait', async () => {
  const queue = new WriteQueue();
  const results = Array.from({ length: 10_001 }, () =>
    queue.run(() => {
      throw busy;
    }),
  );
  await expect(results.pop()).rejects.toMatchObject({ code: 'store.unavailable' });
  const closed = new Error('closed');
  queue.close(closed);
  expect(await Promise.allSettled(results)).toEqual(results.map(() => ({ status: 'rejected', reason: closed })));
});

it('refuses at once what comes when it has been held for too long, until it is not', async () => {
  const queue = new WriteQueue({ patienceMs: 1000 });
  let isHeld = true;
  const write = () =>
    queue.run(() => {
      if (isHeld) throw busy;
    });
  const first = write();
  await after(500);
  const second = write(); // waits as long as the first
  await expect(first).rejects.toBe(busy);
  const began = performance.now();
  const third = write(); // while another waits
  await expect(third).rejects.toBe(busy);
  await expect(second).rejects.toBe(busy);
  const waited = performance.now() - began;
  const [fourth, seen] = [write(), { isRefused: false }]; // while none waits
  fourth.catch(() => (seen.isRefused = true));
  await Promise.resolve();
  await Promise.resolve();
  expect(seen.isRefused).toBe(true);
  expect(waited).toBeGreaterThan(200);
  isHeld = false;
  await write();
  isHeld = true;
  const later = write(); // another lock: it has its time
  isHeld = false;
  await later;
});

it('has a line in the log when writes wait for long, and one when they do no more', async () => {
  const lines: string[] = [];
  const note = (_: object, message: string) => void lines.push(message);
  const queue = new WriteQueue({ log: { info: note, warn: note, error: note } });
  let isHeld = true;
  const write = () =>
    queue.run(() => {
      if (isHeld) throw busy;
    });
  const first = write();
  await eventually(() => expect(lines).toHaveLength(1));
  const second = write();
  isHeld = false;
  await Promise.all([first, second]);
  await write();
  expect(lines).toEqual([expect.stringContaining('another program holds the database'), 'the database is free again']);
});
