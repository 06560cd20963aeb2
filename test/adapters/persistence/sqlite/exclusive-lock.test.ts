import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeExclusiveLock } from '../../../../src/adapters/persistence/sqlite/exclusive-lock.js';

/** What SQLite waits for at least when it waits. */
const BLOCKED_MS = 1000;

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runlet-lock-'));
  file = join(folder, 'lock');
});

afterEach(() => rm(folder, { recursive: true }));

it('one at a time has the lock; who does not get it is told at once', () => {
  const lock = takeExclusiveLock(file);
  const began = performance.now();
  expect(takeExclusiveLock(file)).toBeNull();
  expect(performance.now() - began).toBeLessThan(BLOCKED_MS);
  lock?.release();
  const next = takeExclusiveLock(file);
  expect(next).not.toBeNull();
  next?.release();
});

it('writes nothing, so that a full disk is no obstacle', async () => {
  const lock = takeExclusiveLock(file);
  expect(await readdir(folder)).toEqual(['lock']);
  lock?.release();
});

it('is taken where an earlier version died with it, and left a journal', async () => {
  await writeFile(file, '');
  await writeFile(`${file}-journal`, Buffer.alloc(512));
  const lock = takeExclusiveLock(file);
  expect(lock).not.toBeNull();
  lock?.release();
});

it('names the file that is no lock', async () => {
  await writeFile(file, 'a shopping list\n'.repeat(100));
  expect(() => takeExclusiveLock(file)).toThrow(`${file} cannot be locked: file is not a database`);
  expect(() => takeExclusiveLock(join(folder, 'none', 'lock'))).toThrow(join(folder, 'none', 'lock'));
});
