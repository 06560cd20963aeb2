import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In a folder of the machine's architecture on Debian, in /usr/lib or /usr/lib64 elsewhere. */
const FOLDERS = ['/usr/lib', '/usr/lib64', ...readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`)];

/** The library with which the time of day of a program can be set while it runs; null where it is not installed. */
export const findFaketime = (): string | null => {
  const library = FOLDERS.map((folder) => join(folder, 'faketime/libfaketimeMT.so.1')).find(existsSync);
  if (library !== undefined) return library;
  if (process.env.RUNLET_REQUIRE_FAKETIME === '1') throw new Error('libfaketime is missing: install faketime');
  process.stderr.write('NOT RUN: tests with a clock that is set (they need libfaketime: apt-get install faketime)\n');
  return null;
};

/** A time of day that the programs started with `environment` have; their monotonic clock is the machine's. */
export const settableClock = (library: string, folder: string) => {
  const file = join(folder, 'time');
  const set = (seconds: number): void => writeFileSync(file, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}`);
  set(0);
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    /** So many seconds from the machine's. */
    set,
  };
};
