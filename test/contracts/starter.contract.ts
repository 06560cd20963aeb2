import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeSync, existsSync, linkSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { readProcess } from '../../src/adapters/runners/process/process-table.js';
import type {
  GivenFile,
  PendingStart,
  ProcessStart,
  StartedProcess,
  Starter,
} from '../../src/adapters/runners/host/spawn/starter.js';
import type { Environment } from '../../src/adapters/runners/host/environment.js';
import { eventually } from '../support/eventually.js';

const PATH = process.env.PATH ?? '';
const SERVER = fileURLToPath(new URL('../fixtures/server-with-a-starter.mjs', import.meta.url));

export interface Asked {
  readonly pending: PendingStart;
  /** Names of its files. */
  readonly paths: readonly string[];
  readonly output: () => string;
}

/** Has `starter` run `sh -c script` with its output in a file in `folder` and the text "the body" on descriptor 3. */
export const ask = (
  starter: Starter,
  folder: string,
  script: string,
  { environment = {}, file = '/bin/sh', args = ['-c', script], direct }: Partial<Omit<ProcessStart, 'files'>> = {},
): Asked => {
  const path = (name: string): string => join(folder, `${name}-${process.hrtime.bigint()}`);
  const body = path('body');
  writeFileSync(body, 'the body');
  const out = path('out');
  writeFileSync(out, '');
  const kept = openSync(out, 'r');
  linkSync(out, `${out}-2`);
  const files: GivenFile[] = [
    { fd: openSync(out, 'a'), path: out, access: 'append', isPipe: false },
    { fd: openSync(out, 'a'), path: `${out}-2`, access: 'append', isPipe: false },
    { fd: openSync(body, 'r'), path: body, access: 'read', isPipe: false },
  ];
  const pending = starter.start({ file, args, environment, files, direct });
  const close = (): void => files.forEach(({ fd }) => closeSync(fd));
  pending.started.then(close, close);
  return { pending, paths: files.map((given) => given.path), output: () => readFileSync(kept, 'utf8') };
};

/** What everything that starts processes for the host runners promises. */
export const describeStarter = (name: 'execa' | 'spawner', open: () => Starter): void => {
  describe(`Starter: ${name}`, () => {
    let folder: string;
    let starter: Starter;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'starter-'));
      starter = open();
    });
    afterEach(async () => {
      await starter.close();
      rmSync(folder, { recursive: true });
    });

    const start = async (
      script: string,
      options?: Parameters<typeof ask>[3],
    ): Promise<{ process: StartedProcess; output: () => string }> => {
      const { pending, output } = ask(starter, folder, script, options);
      return { process: await pending.started, output };
    };

    /** What a script has printed by its end. */
    const printed = async (script: string, environment: Environment = { PATH }): Promise<string> => {
      const { process, output } = await start(script, { environment });
      await process.ended;
      return output();
    };

    it('gives a process its descriptors, and nothing to read on the first', async () => {
      expect(await printed('cat; cat <&3; echo; echo error >&2')).toBe('the body\nerror\n');
      expect(await printed('ls /proc/$$/fd')).toBe('0\n1\n2\n3\n');
    });

    it('gives it the environment to the letter, and nothing of its own', async () => {
      const environment = { A: '1', EMPTY: '', 'dotted.name': 'x', 'da-shed': 'y', ODD: ' it\'s "odd"\n$HOME\\' };
      const { process, output } = await start('', {
        ...{ file: '/bin/cat', args: ['/proc/self/environ'] },
        environment: { PATH, ...environment },
      });
      await process.ended;
      const entries = output()
        .split('\0')
        .filter((entry) => entry !== '' && !/^(?:PWD|OLDPWD|_|SHLVL)=/.test(entry));
      expect(new Set(entries)).toEqual(
        new Set([`PATH=${PATH}`, ...Object.entries(environment).map((each) => each.join('='))]),
      );
    });

    it('makes it the leader of a session and a group of its own, in the root folder', async () => {
      const { process, output } = await start('pwd; sleep 300', { environment: { PATH } });
      expect(readProcess(process.pid)).toMatchObject({
        ...{ pid: process.pid, group: process.pid, session: process.pid },
        startTime: process.startTime,
      });
      await eventually(() => expect(output()).toBe('/\n'));
      globalThis.process.kill(-process.pid, 'SIGKILL');
      await process.ended;
    });

    it('lets it ignore and block no signal', async () => {
      expect(await printed('grep -E "^Sig(Ign|Blk):" /proc/self/status')).toBe(
        'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n',
      );
    });

    it('tells how it ended: by an exit code or a signal', async () => {
      expect(await (await start('exit 0')).process.ended).toEqual({ exitCode: 0, signal: null });
      expect(await (await start('exit 7')).process.ended).toEqual({ exitCode: 7, signal: null });
      expect(await (await start('kill -9 $$')).process.ended).toEqual({ exitCode: null, signal: 'SIGKILL' });
      expect(await (await start('kill -TERM $$')).process.ended).toEqual({ exitCode: null, signal: 'SIGTERM' });
    });

    it('tells the end of the process, though what that has started goes on and holds its output', async () => {
      const { process, output } = await start('sleep 300 & echo $!; exit 5', { environment: { PATH } });
      expect(await process.ended).toEqual({ exitCode: 5, signal: null });
      expect(process.isWatched()).toBe(true);
      const left = Number(output());
      expect(readProcess(left)).not.toBeNull();
      globalThis.process.kill(left, 'SIGKILL');
    });

    it('keeps many apart', async () => {
      const codes = Array.from({ length: 30 }, (_, index) => index + 1);
      const ends = await Promise.all(
        codes.map(async (code) => {
          const { process, output } = await start(`echo ${code}; exit ${code}`);
          return [(await process.ended).exitCode, output()];
        }),
      );
      expect(ends).toEqual(codes.map((code) => [code, `${code}\n`]));
    });

    it.each([
      [
        'there is no such program',
        { file: '/no/such/program' },
        '/no/such/program could not be started: it was not found',
      ],
      ['the program may not be run', { file: '/etc/passwd' }, '/etc/passwd could not be started: permission denied'],
      ['the environment is too large', { environment: { A: 'x'.repeat(4_000_000) } }, 'environment is too large'],
      ['a value has a NUL', { environment: { A: 'x\0y' } }, 'environment variable A contains a NUL'],
    ])('says why where %s, and keeps no name', async (_, options, why) => {
      const { pending, paths } = ask(starter, folder, 'true', options);
      await expect(pending.started).rejects.toMatchObject({
        name: 'StartError',
        reason: 'spawn-failed',
        message: expect.stringContaining(why),
      });
      expect(paths.filter((path) => existsSync(path))).toEqual([]);
    });

    it('removes the names of the files when the process has them', async () => {
      const { pending, paths, output } = ask(starter, folder, 'read -r line <&3; echo "$line"');
      const { ended } = await pending.started;
      expect(paths.filter((path) => existsSync(path))).toEqual([]);
      await ended;
      expect(output()).toBe('the body\n');
    });

    it('does not take back what has started', async () => {
      const { pending, output } = ask(starter, folder, 'sleep 0.1; echo made', { environment: { PATH } });
      const { ended } = await pending.started;
      pending.withdraw();
      expect(await ended).toEqual({ exitCode: 0, signal: null });
      expect(output()).toBe('made\n');
    });

    it('hands on nothing that the server has inherited', async () => {
      const inherit = 'exec 57<"$1" && exec "$0" "$@"';
      const server = spawn('bash', ['-c', inherit, process.execPath, SERVER, name], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      expect(await text(server.stdout)).toBe('0\n1\n2\n3\n/dev/null\n');
    });

    it('lets what runs go on when it is closed', async () => {
      const { process } = await start('sleep 300', { environment: { PATH } });
      await starter.close();
      expect(readProcess(process.pid)?.state).not.toBe('Z');
      globalThis.process.kill(-process.pid, 'SIGKILL');
      await process.ended;
    });
  });
};
