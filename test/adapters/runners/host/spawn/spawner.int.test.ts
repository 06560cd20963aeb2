import { afterEach, describe, expect, it } from '@jest/globals';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readProcess } from '../../../../../src/adapters/runners/process/process-table.js';
import { Spawner } from '../../../../../src/adapters/runners/host/spawn/spawner.js';
import { eventually } from '../../../../support/eventually.js';

const PROGRAM = fileURLToPath(
  new URL('../../../../../dist/adapters/runners/host/spawn/spawner-program.js', import.meta.url),
);

const folder = mkdtempSync(join(tmpdir(), 'spawner-'));
const spawner = new Spawner(PROGRAM);
afterEach(() => spawner.close());

/** Runs `sh -c script`, with its output in a file and descriptor 3 on `body`. */
const start = async (script: string, { environment = {}, directory = folder, file = '/bin/sh' } = {}) => {
  const body = join(folder, 'body');
  writeFileSync(body, 'the body');
  const out = join(folder, 'out');
  const fds = [openSync(out, 'w'), openSync(out, 'a'), openSync(body, 'r')];
  try {
    const process = await spawner.start({
      file,
      args: ['-c', script],
      directory,
      environment,
      fds,
    });
    return { process, output: () => readFileSync(out, 'utf8') };
  } finally {
    fds.forEach(closeSync);
  }
};

describe('the spawner', () => {
  it('starts a process with the descriptors and the environment it is given, and tells how it ended', async () => {
    const { process, output } = await start('cat <&3; echo; env | sort; pwd; exit 7', { environment: { A: '1' } });
    expect(await process.ended).toEqual({ exitCode: 7, signal: null });
    expect(process.startTime).not.toBeNull();
    expect(output()).toMatch(/^the body\nA=1\n(?:PWD=.*\n|SHLVL=.*\n|_=.*\n)*.*spawner-\w+\n$/);
  });

  it('tells the signal', async () => {
    const { process } = await start('kill -9 $$');
    expect(await process.ended).toEqual({ exitCode: null, signal: 'SIGKILL' });
  });

  it('says what stood in the way', async () => {
    await expect(start('true', { file: '/no/such/program' })).rejects.toThrow('/no/such/program could not be started');
    await expect(start('true', { environment: { A: 'x'.repeat(4_000_000) } })).rejects.toThrow(
      'environment is too large',
    );
  });

  it('is made again when it died; what it had started goes on to its end', async () => {
    const { process } = await start('sleep 1');
    const program = spawner.warm();
    program.kill('SIGKILL');
    await eventually(() => expect(program.signalCode).toBe('SIGKILL'));
    expect(readProcess(process.pid)).not.toBeNull();
    expect(await process.ended).toEqual({ exitCode: null, signal: null });
    const again = await start('exit 3');
    expect(await again.process.ended).toEqual({ exitCode: 3, signal: null });
  });

  it('leaves no process when it is closed', async () => {
    const program = spawner.warm();
    await (
      await start('true')
    ).process.ended;
    const closing = spawner.close();
    expect(process.getActiveResourcesInfo()).toContain('ProcessWrap'); // or whoever waits for it might end before
    await closing;
    expect(program.exitCode).toBe(0);
    rmSync(folder, { recursive: true });
  });
});
