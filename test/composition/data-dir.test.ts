import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openDataDir } from '../../src/composition/data-dir.js';

let folder: string;
let umask: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlet-data-dir-'));
  umask = process.umask(0);
});
afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true });
});

it('lets nobody else read its files, whatever the umask, and keeps no journal beside the lock', () => {
  const dataDir = openDataDir(join(folder, 'data'));
  dataDir.adminPassword();
  const modes = readdirSync(dataDir.path).map((name) => [name, statSync(join(dataDir.path, name)).mode & 0o777]);
  dataDir.release();
  expect(Object.fromEntries(modes)).toEqual({
    'admin-password': 0o600,
    lock: 0o600,
    'server-id': 0o600,
  });
});
