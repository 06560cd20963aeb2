import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const disk = mkdtempSync(join(tmpdir(), 'runlet-commit-'));
const mountDisk = (): boolean => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=700', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('NOT RUN: commits that fail because the disk is full (only root may mount one)\n');
    return false;
  }
};
const isMounted = mountDisk();

afterAll(() => {
  if (isMounted) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true });
});

const UNCHANGED = { notes: '["1 stored","2 also"]', tables: 1, version: 0 };
/** With what another program wrote between. */
const WRITTEN: Readonly<Record<string, object>> = {
  change: { ...UNCHANGED, notes: '["1 new","2 other"]' },
  run: { ...UNCHANGED, notes: '["1 new","2 other"]' },
  insert: { ...UNCHANGED, notes: '["1 stored","2 other","3 new"]' },
  'more than the cache holds': { ...UNCHANGED, notes: '["1 000000000","2 other"]' },
  deletion: { ...UNCHANGED, notes: '[]' },
  PRAGMA: { ...UNCHANGED, notes: '["1 stored","2 other"]', version: 7 },
  'new table': { ...UNCHANGED, notes: '["1 stored","2 other"]', tables: 2 },
  'several statements': { ...UNCHANGED, notes: '["1 new","2 new","4 new","5 new"]' },
};

describe.each([
  ['a limit of file sizes', 'limit', 'SQLITE_IOERR_WRITE'],
  ...(isMounted ? [['a full disk', 'fill', 'SQLITE_FULL'] as const] : []),
])('a commit that fails because of %s', (_, how, code) => {
  const outcomes = new Map<string, unknown>();

  beforeAll(() => {
    const args = [join(ROOT, 'test/fixtures/failing-commits.mjs'), join(ROOT, 'dist'), disk, how];
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8' });
    for (const line of printed.trim().split('\n')) {
      const outcome = JSON.parse(line) as { name: string };
      outcomes.set(outcome.name, outcome);
    }
  });

  it.each(Object.keys(WRITTEN))('is thrown, has changed nothing and leaves nothing open: %s', (name) => {
    expect(outcomes.get(name)).toEqual({
      name,
      outcome: { code: 'store.unavailable', message: expect.stringContaining(code) },
      meanwhile: UNCHANGED,
      afterwards: [UNCHANGED, UNCHANGED],
      seesOthers: 'other',
      checkpoint: { busy: 0, log: 0 },
      again: [WRITTEN[name], WRITTEN[name]],
    });
  });

  it('costs no file descriptors, however often it happens', () => {
    expect(outcomes.get('one hundred')).toEqual({ name: 'one hundred', thrown: 100, moreFiles: 0, state: UNCHANGED });
  });
});
