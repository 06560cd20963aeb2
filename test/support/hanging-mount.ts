import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from '@jest/globals';
import { temporaryFolder } from '../e2e/support/temporary-folder.js';
import { isRoot } from './root.js';

const PROGRAM = fileURLToPath(new URL('../fixtures/hanging-mount.mjs', import.meta.url));

/** `heeded`: whoever waits for it can be killed. `unheeded`: nobody can, until it is gone. */
export type Hanging = 'heeded' | 'unheeded';

export interface HangingMount {
  readonly folder: string;
  /** Whoever waits gets an error, and the folder is as it was. */
  end(): Promise<void>;
}

/** A folder that never answers. */
export const startHangingMount = async (kind: Hanging): Promise<HangingMount> => {
  const folder = `${await temporaryFolder()}/hanging`;
  mkdirSync(folder);
  const child = spawn(process.execPath, [PROGRAM, folder, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('nothing can be mounted here'))),
  ]);
  return {
    folder,
    end: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      spawnSync('umount', ['-l', folder]);
    },
  };
};

/** A `describe` that needs such folders: skipped, and visibly so, where there can be none. Await it at the top of a test file. */
export const describeWithHangingMounts = async (name: string, suite: () => void): Promise<void> => {
  const why = await whyNone();
  if (why === null) {
    describe(name, suite);
    return;
  }
  process.stderr.write(`NOT RUN: ${name} (${why})\n`);
  describe(name, () => it.skip(`did not run (${why})`, () => undefined));
};

const whyNone = async (): Promise<string | null> => {
  if (!isRoot) return 'needs root';
  if (!existsSync('/dev/fuse')) return 'needs FUSE';
  try {
    await (await startHangingMount('heeded')).end();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};
