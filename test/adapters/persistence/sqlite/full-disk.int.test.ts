import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeExclusiveLock } from '../../../../src/adapters/persistence/sqlite/exclusive-lock.js';
import { openDatabase } from '../../../../src/adapters/persistence/sqlite/open-database.js';
import { describeAsRoot } from '../../../support/root.js';

const NOTE = "INSERT INTO audit_events SELECT 'note', 1, '', '', '', '', '', '', '', 1, NULL, '', '', ''";
const NOTES = "SELECT count(*) AS notes FROM audit_events WHERE id = 'note'";

describeAsRoot('On a disk that is full', () => {
  const disk = mkdtempSync(join(tmpdir(), 'runlet-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', disk]);
  const filler = join(disk, 'filler');
  const fill = () => {
    for (const bytes of [4096, 1]) {
      expect(() => {
        for (;;) writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' });
      }).toThrow('ENOSPC');
    }
  };

  afterEach(() => rmSync(filler, { force: true }));
  afterAll(() => {
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true });
  });

  describe.each([
    ['was closed', (file: string) => file],
    [
      'a crash left',
      (file: string) => {
        const left = join(disk, 'left', 'runlet.db');
        mkdirSync(join(disk, 'left'));
        for (const end of ['', '-wal', '-shm']) copyFileSync(`${file}${end}`, `${left}${end}`);
        return left;
      },
    ],
  ])('a database that %s', (how, leave) => {
    it('is opened and read; what cannot be written is refused until there is room', async () => {
      const folder = join(disk, how);
      mkdirSync(folder);
      const file = join(folder, 'runlet.db');
      const database = await openDatabase(file);
      await database.run(NOTE);
      const left = leave(file);
      database.close();
      fill();
      const again = await openDatabase(left);
      expect(again.get(NOTES)).toEqual({ notes: 1 });
      const remove = () => again.run("DELETE FROM audit_events WHERE id = 'note'");
      await expect(remove()).rejects.toMatchObject({ code: 'store.unavailable' });
      expect(again.get(NOTES)).toEqual({ notes: 1 });
      rmSync(filler);
      expect(await remove()).toBe(1);
      again.close();
    });
  });

  it('the lock of a data folder is taken', () => {
    const lock = join(disk, 'lock');
    writeFileSync(lock, '');
    fill();
    const taken = takeExclusiveLock(lock);
    expect(taken).not.toBeNull();
    taken?.release();
  });
});
