import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isAlive,
  isStillAlive,
  lastPid,
  listOpenFiles,
  listProcesses,
  readBootId,
  readEnvironment,
  readProcess,
} from '../../../../src/adapters/runners/process/process-table.js';
import { eventually } from '../../../support/eventually.js';

describe('the process table', () => {
  it('shows a process whatever its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'process-table-'));
    const program = join(folder, 'a) R 1 (\nb');
    copyFileSync('/bin/sleep', program);
    const child = spawn(program, ['300'], { detached: true, env: { MARK: 'x' } });
    try {
      const shown = await eventually(() => {
        const found = readProcess(child.pid!);
        expect(found?.command).toBe('a) R 1 (?b');
        return found!;
      });
      expect(shown).toMatchObject({ pid: child.pid, parent: process.pid, group: child.pid, session: child.pid });
      expect(shown.startTime).toBeGreaterThan(readProcess(process.pid)!.startTime);
      expect(readEnvironment(child.pid!)?.toString()).toBe('MARK=x\0');
      expect((await listProcesses()).map(({ pid }) => pid)).toEqual(expect.arrayContaining([process.pid, child.pid]));
      expect((await listProcesses(process.pid)).every(({ pid }) => pid >= process.pid)).toBe(true);
      expect(isStillAlive(shown)).toBe(true);
      expect(isStillAlive({ ...shown, startTime: shown.startTime - 1 })).toBe(false);
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(isStillAlive(shown)).toBe(false);
      expect(readProcess(child.pid!)).toBeNull();
    } finally {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  });

  it('takes one that has ended for dead though its parent has not waited for it', async () => {
    // The child ends once its parent is `sleep`: a bash would wait for it.
    const child = 'while [ "$(</proc/$$/comm)" = bash ]; do :; done';
    const parent = spawn('bash', ['-c', `{ ${child}; } & exec sleep 300`], { stdio: 'ignore' });
    try {
      const zombie = await eventually(async () => {
        const child = (await listProcesses()).find((candidate) => candidate.parent === parent.pid);
        expect(child?.state).toBe('Z');
        return child!;
      });
      expect(isAlive(zombie)).toBe(false);
      expect(isStillAlive(zombie)).toBe(false);
    } finally {
      parent.kill('SIGKILL');
      await once(parent, 'exit');
    }
  });

  it('names what a process has open', async () => {
    const child = spawn('sleep', ['300'], { stdio: 'ignore' });
    await eventually(() => expect(listOpenFiles(child.pid!).slice(0, 3)).toEqual(Array(3).fill('/dev/null')));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(listOpenFiles(child.pid!)).toEqual([]);
  });

  it('knows which number was given last, and which start of the machine this is', async () => {
    const child = spawn('true');
    expect(lastPid()).toBeGreaterThanOrEqual(child.pid!);
    await once(child, 'exit');
    expect(readBootId()).toMatch(/^[0-9a-f-]{36}$/);
  });
});
