import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../fixtures/failing-writes.c', import.meta.url));
const EIO = 5;

/** The library with which a device can be let fail, compiled into `folder`; null where there is no compiler. */
export const compileFailingWrites = (folder: string): string | null => {
  const library = join(folder, 'failing-writes.so');
  try {
    execFileSync('gcc', ['-shared', '-fPIC', '-o', library, SOURCE, '-ldl'], { stdio: 'pipe' });
    return library;
  } catch (error) {
    if (process.env.RUNLET_REQUIRE_GCC === '1') throw new Error('gcc is missing or fails', { cause: error });
    process.stderr.write('NOT RUN: tests with a device that fails (they need gcc and the headers of libc)\n');
    return null;
  }
};

/**
 * A device on which writes to files whose names end in `ending` fail with EIO, while it is asked to.
 * @param isDone what is written is there all the same
 */
export const failingDevice = (library: string, orders: string, ending: string, { isDone }: { isDone: boolean }) => ({
  /** For the program that uses it. */
  environment: { LD_PRELOAD: library, FAILING_WRITES: orders },
  begin: () => writeFileSync(orders, `${EIO} ${ending} ${isDone ? 'done' : ''}`),
  end: () => rmSync(orders),
});
