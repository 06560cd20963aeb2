import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readProcess } from '../../../../../../src/adapters/runners/process/process-table.js';
import { Spawner } from '../../../../../../src/adapters/runners/host/spawn/spawner/spawner.js';
import { type Asked, ask as askStarter, describeStarter } from '../../../../../contracts/starter.contract.js';
import { eventually } from '../../../../../support/eventually.js';

const PROGRAM = fileURLToPath(
  new URL('../../../../../../dist/adapters/runners/host/spawn/spawner/spawner-program.js', import.meta.url),
);

const SERVER = fileURLToPath(new URL('../../../../../fixtures/server-with-a-spawner.mjs', import.meta.url));

let folder: string;
let spawner: Spawner;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spawner-'));
  spawner = new Spawner(PROGRAM);
});
afterEach(async () => {
  await spawner.close();
  rmSync(folder, { recursive: true });
});

describeStarter('spawner', () => new Spawner(PROGRAM));

const ask = (script: string): Asked => askStarter(spawner, folder, script);

const start = async (script: string) => {
  const { pending, output } = ask(script);
  return { process: await pending.started, output };
};

describe('the spawner', () => {
  it('is made again when it died; what it had started goes on to its end', async () => {
    const { process } = await start('sleep 1');
    const { process: program } = spawner;
    program.kill('SIGKILL');
    await eventually(() => expect(program.signalCode).toBe('SIGKILL'));
    expect(readProcess(process.pid)).not.toBeNull();
    expect(await process.ended).toEqual({ exitCode: null, signal: null });
    const again = await start('exit 3');
    expect(await again.process.ended).toEqual({ exitCode: 3, signal: null });
  });

  it('leaves no process when it is closed', async () => {
    const { process: program } = spawner;
    await (
      await start('true')
    ).process.ended;
    const closing = spawner.close();
    expect(process.getActiveResourcesInfo()).toContain('ProcessWrap'); // or whoever waits for it might end before
    await closing;
    expect(program.exitCode).toBe(0);
  });

  describe('that does not answer', () => {
    const stopped: number[] = [];
    afterEach(() => {
      for (const pid of stopped.splice(0)) if (readProcess(pid)) process.kill(pid, 'SIGKILL');
    });
    const stop = (): number => {
      const { pid = 0 } = spawner.process;
      process.kill(pid, 'SIGSTOP');
      stopped.push(pid);
      return pid;
    };

    it('is replaced: starts that it has not begun are made by another, once', async () => {
      await (
        await start('true')
      ).process.ended;
      const pid = stop();
      const { pending, output } = ask('echo made; exit 4');
      const { ended } = await pending.started;
      expect(await ended).toEqual({ exitCode: 4, signal: null });
      if (readProcess(pid)) process.kill(pid, 'SIGCONT');
      await eventually(() => expect(readProcess(pid)).toBeNull());
      expect(output()).toBe('made\n');
    });

    it('takes no exit code with it of what it has started', async () => {
      const { process: child } = await start('sleep 0.2; exit 5');
      const { process: killed } = await start('sleep 0.2; kill -9 $$');
      stop();
      expect(await child.ended).toEqual({ exitCode: 5, signal: null });
      expect(await killed.ended).toEqual({ exitCode: null, signal: 'SIGKILL' });
      expect(child.isWatched()).toBe(false);
    });

    it('does not keep a start that is taken back', async () => {
      await (
        await start('true')
      ).process.ended;
      const pid = stop();
      const { pending, output } = ask('echo made');
      const begun = performance.now();
      pending.withdraw();
      await expect(pending.started).rejects.toThrow('told to end before it was started');
      expect(performance.now() - begun).toBeLessThan(1000);
      process.kill(pid, 'SIGCONT');
      await (
        await start('true')
      ).process.ended;
      expect(output()).toBe('');
    });

    it('does not keep the server from closing it', async () => {
      const pid = stop();
      await spawner.close();
      expect(readProcess(pid)).toBeNull();
    });
  });

  it('opens and starts nothing for a server that is gone', async () => {
    const out = join(folder, 'foreign');
    writeFileSync(out, 'whole');
    const server = spawn(process.execPath, [SERVER, PROGRAM, out], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = (await once(server.stdout, 'data')) as [Buffer];
    const pid = Number(printed);
    server.kill('SIGKILL');
    await once(server, 'exit');
    process.kill(pid, 'SIGCONT');
    await eventually(() => expect(readProcess(pid)).toBeNull());
    expect(readFileSync(out, 'utf8')).toBe('whole');
  });
});
