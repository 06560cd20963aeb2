import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Deleted files make new ones dear for minutes (README.md), so what holds more than this goes when all is measured. */
const MANY_FILES = 100;
const kept = [];

/** Deletes what closed workspaces have left. */
export const removeKeptFolders = () => {
  for (const folder of kept.splice(0)) rmSync(folder, { recursive: true, force: true });
};

/**
 * A temporary folder, and what has to be closed before it goes. `environment` is that of every process that is measured: a home
 * without a profile, and nothing of the shell that started the benchmark.
 */
export const openWorkspace = () => {
  const folder = mkdtempSync(join(tmpdir(), 'runlet-bench-'));
  const home = join(folder, 'home');
  mkdirSync(home);
  const closers = [];
  return {
    folder,
    environment: { HOME: home, PATH: process.env.PATH, LANG: 'C.UTF-8' },
    newFolder: (name) => mkdtempSync(join(folder, `${name}-`)),
    onClose: (close) => void closers.push(close),
    close: async () => {
      while (closers.length > 0) await closers.pop()();
      if (readdirSync(folder, { recursive: true }).length > MANY_FILES) kept.push(folder);
      else rmSync(folder, { recursive: true, force: true });
    },
  };
};
