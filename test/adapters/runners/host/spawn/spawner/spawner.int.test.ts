import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOwnCgroup } from '../../../../../../src/adapters/runners/host/containment/cgroup/find-own-cgroup.js';
import type { DirectStart } from '../../../../../../src/adapters/runners/host/spawn/starter.js';
import { readProcess } from '../../../../../../src/adapters/runners/process/process-table.js';
import { Spawner } from '../../../../../../src/adapters/runners/host/spawn/spawner/spawner.js';
import { type Asked, ask as askStarter, describeStarter } from '../../../../../contracts/starter.contract.js';
import { describeWithHangingMounts, startHangingMount } from '../../../../../support/hanging-mount.js';
import { eventually } from '../../../../../support/eventually.js';

const PROGRAM = fileURLToPath(
  new URL('../../../../../../dist/adapters/runners/host/spawn/spawner/spawner-program.js', import.meta.url),
);

const CGROUP = findOwnCgroup();

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

(CGROUP === null ? describe.skip : describe)('the spawner, for a start that can do without the shell', () => {
  let spawner: Spawner;
  afterEach(() => spawner.close());
  const open = async (openFiles: number | null = null): Promise<void> => {
    spawner = new Spawner(PROGRAM, CGROUP, openFiles);
    const isReady = async (): Promise<void> => expect(await printed('true')).toBe('directly\n');
    await eventually(isReady); // it has entered its cgroup, and has its limits
  };
  const printed = async (script: string, options: Partial<DirectStart> = {}): Promise<string> => {
    const direct = {
      ...{ file: '/bin/sh', args: ['-c', `echo directly; ${script}`], directory: folder, files: 3, unless: [] },
      ...options,
    };
    const { pending, output } = askStarter(spawner, folder, 'echo by the shell', { direct });
    await (
      await pending.started
    ).ended;
    return output();
  };

  it('goes to its folder', async () => {
    await open();
    expect(await printed('pwd')).toBe(`directly\n${folder}\n`);
  });

  it('gives it no more files than it is to have', async () => {
    await open();
    expect(await printed('ls /proc/$$/fd')).toBe('directly\n0\n1\n2\n3\n');
    expect(await printed('ls /proc/$$/fd', { files: 2 })).toBe('directly\n0\n1\n2\n');
  });

  it('gives it the limit of open files', async () => {
    await open(777);
    expect(await printed('ulimit -S -n')).toBe('directly\n777\n');
    expect(await printed('ulimit -S -n 778; ulimit -S -n')).toBe('directly\n778\n'); // the hard limit is as it was
  });

  it.each<[string, () => Partial<DirectStart>]>([
    ['the folder is missing', () => ({ directory: join(folder, 'missing') })],
    ['the folder is a file', () => ({ directory: fileURLToPath(import.meta.url) })],
    ['the program is missing', () => ({ file: '/no/such/program' })],
    ['a file is there that asks for it', () => ({ unless: [join(folder, 'none'), fileURLToPath(import.meta.url)] })],
    ['the folder of such a file is missing', () => ({ unless: ['/no/such/folder/file'] })],
  ])('takes the shell where %s', async (_, options) => {
    await open();
    expect(await printed('true', options())).toBe('by the shell\n');
  });

  it('takes the shell without a cgroup', async () => {
    spawner = new Spawner(PROGRAM);
    expect(await printed('true')).toBe('by the shell\n');
  });
});

await describeWithHangingMounts('the spawner, before a folder that does not answer', () => {
  it.each(['heeded', 'unheeded'] as const)('has the shell wait for it, and nobody else (%s)', async (kind) => {
    const mount = await startHangingMount(kind);
    const spawner = new Spawner(PROGRAM, CGROUP);
    try {
      const start = (directory: string) => {
        const direct = { file: '/bin/sh', args: ['-c', 'echo directly'], directory, files: 3, unless: [] };
        return askStarter(spawner, folder, 'echo by the shell', { direct });
      };
      const first = await start(folder).pending.started;
      await first.ended;
      const hanging = Array.from({ length: 6 }, () => start(mount.folder));
      const other = start(folder);
      expect(await (await other.pending.started).ended).toEqual({ exitCode: 0, signal: null });
      for (const { pending, output } of hanging) {
        await (
          await pending.started
        ).ended;
        expect(output()).toBe('by the shell\n');
      }
      await spawner.close(); // before the folder answers
    } finally {
      await mount.end();
    }
  });

  it('is ended by whoever takes a start back that it has begun, and the next one is made', async () => {
    const mount = await startHangingMount('heeded');
    const spawner = new Spawner(PROGRAM);
    try {
      const { pending, paths } = askStarter(spawner, folder, '', { file: join(mount.folder, 'program') });
      await eventually(() => expect(paths.filter((path) => existsSync(path))).toEqual([]));
      const children = () => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
      const others = children();
      pending.withdraw();
      expect(children()).toBe(others + 1); // or whoever waits for it might end before
      await expect(pending.started).rejects.toMatchObject({ name: 'LostStart' });
      await eventually(() => expect(children()).toBe(others));
      const { pending: next } = askStarter(spawner, folder, 'exit 3');
      expect(await (await next.started).ended).toEqual({ exitCode: 3, signal: null });
      await spawner.close();
    } finally {
      await mount.end();
    }
  });
});
