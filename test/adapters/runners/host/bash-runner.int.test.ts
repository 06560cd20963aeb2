import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostRunnerNeeds } from '../../../../src/adapters/runners/host/host-runner.js';
import { eventually } from '../../../support/eventually.js';
import {
  type HostForTests,
  endedBy,
  exited,
  openHost,
  openSpawnerHost,
  openWarmHost,
  processesWith,
  readProc,
  runToEnd,
  startRun,
  uniqueSleep,
} from './host-for-tests.js';

describe.each([
  ['started for it by execa', (needs: Partial<HostRunnerNeeds>) => Promise.resolve(openHost(needs))],
  ['started for it by the spawner', (needs: Partial<HostRunnerNeeds>) => Promise.resolve(openSpawnerHost(needs))],
  ['that was ready', (needs: Partial<HostRunnerNeeds>) => openWarmHost(needs)],
])('the bash runner, in a process %s', (_, open) => {
  let host: HostForTests;
  beforeAll(async () => {
    host = await open({
      baseEnvironment: {
        PATH: process.env.PATH,
        LANG: 'C.UTF-8',
        ADMIN_PASS: 'hunter2',
        npm_lifecycle_event: 'start',
        INIT_CWD: '/',
        NODE_OPTIONS: '--no-warnings',
        RUNLET_RUN_ID: 'an outer run',
      },
      settingNames: ['ADMIN_PASS'],
    });
  });
  afterAll(() => host.close());
  /** How many descriptors this process has open, once that does not change: shells are still being made ready. */
  const openDescriptors = async (): Promise<number> => {
    for (let before = 0; ;) {
      await host.settle();
      const open = readdirSync('/proc/self/fd').length;
      if (open === before) return open;
      before = open;
      await pause(200);
    }
  };
  const run = (script: string, options = {}): ReturnType<typeof runToEnd> => runToEnd(host.bash, script, options);

  it('tells start, output and end, in this order', async () => {
    const { outcome, stdout, told } = await run('echo hi; exit 7');
    expect(outcome).toEqual(exited(7));
    expect(stdout).toBe('hi\n');
    expect(told).toEqual(['started', 'stdout']);
  });

  it('keeps the streams apart, also for a script that opens them by name', async () => {
    const { outcome, stdout, stderr } = await run('echo a >/dev/stderr && echo b >/dev/stdout && echo c >&2');
    expect(outcome).toEqual(exited(0));
    expect({ stdout, stderr }).toEqual({ stdout: 'b\n', stderr: 'a\nc\n' });
  });

  it('names the signal that ended a script', async () => {
    expect((await run('kill -9 $$')).outcome).toEqual(endedBy('SIGKILL'));
    expect((await run('kill -TERM $$')).outcome).toEqual(endedBy('SIGTERM'));
  });

  it('looks to the script like `bash -lc`', async () => {
    const script = [
      'echo "$0|$#|${BASH_SOURCE[0]-none}|$LINENO|$?"',
      'case $- in *i*) echo interactive;; *) echo not;; esac',
      'shopt -q login_shell && echo login',
      'trap "echo trapped" EXIT',
      'exec 3>&1; echo three >&3; exec 3>&-',
      'read -r line || echo "empty stdin"',
      'echo "line $LINENO"',
    ].join('\n');
    const { stdout } = await run(script);
    expect(stdout).toBe('bash|0|none|1|0\nnot\nlogin\nthree\nempty stdin\nline 7\ntrapped\n');
  });

  it('leaves no descriptor of its own to what the script starts', async () => {
    const { stdout } = await run('ls -l /proc/self/fd');
    const ours = stdout.split('\n').filter((line) => line.includes('runlet-'));
    expect(ours.map((line) => / (\d+) -> /.exec(line)?.[1])).toEqual(['1', '2']);
  });

  it.each([
    ['a here-document at the end', 'cat <<EOF\nhi\nEOF', 'hi\n'],
    ['a here-document at the end, with a newline', 'cat <<EOF\nhi\nEOF\n', 'hi\n'],
    ['a comment at the end', 'echo hi # the end', 'hi\n'],
    ['newlines at the end', 'echo hi\n\n\n', 'hi\n'],
    ['a backslash at the end of the last line', 'echo hi \\\n', 'hi\n'],
    ['characters beyond ASCII', 'x="grüße 😀"; echo "$x"', 'grüße 😀\n'],
  ])('runs a script with %s', async (_, script, stdout) => {
    expect(await run(script)).toMatchObject({ outcome: exited(0), stdout, stderr: '' });
  });

  it('reports a syntax error with its line', async () => {
    const { outcome, stderr } = await run('echo one\nif then\n');
    expect(outcome).not.toEqual(exited(0));
    expect(stderr).toMatch(/line 2: syntax error/);
  });

  it('runs a script of 300 KiB', async () => {
    const script = `${'# a comment that makes the script long\n'.repeat(8000)}echo "line $LINENO"\n`;
    expect(script.length).toBeGreaterThan(300 * 1024);
    expect(await run(script)).toMatchObject({ outcome: exited(0), stdout: 'line 8001\n' });
  });

  it('shows nothing of the script to other processes', async () => {
    const sleep = uniqueSleep();
    const running = startRun(host.bash, `secret=s3cr3t-${sleep}; sleep ${sleep}; echo "$secret"`);
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(1));
    expect(processesWith(`s3cr3t-${sleep}`)).toEqual([]);
    await eventually(() => expect(running.told).toContain('started'));
    expect(readProc(`${running.identity().pid}/cmdline`)).toMatch(/bash\0-lc\0/);
    expect(readProc(`${running.identity().pid}/environ`)).not.toContain('s3cr3t');
    running.kill();
    await running.outcome;
  });

  it('gives the script the environment it should have, and nothing else', async () => {
    const { stdout } = await run('cat /proc/$$/environ', { env: [{ key: 'GREETING', value: 'a b\n"c"' }] });
    const environment = Object.fromEntries(
      stdout
        .split('\0')
        .filter(Boolean)
        .map((entry) => entry.split(/=([^]*)/).slice(0, 2)),
    );
    expect(environment).toEqual({
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: host.home,
      GREETING: 'a b\n"c"',
      RUNLET_RUN_ID: expect.stringMatching(/^[0-9a-f]{24}$/),
      RUNLET_RUN_COOKIE: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('finds bash whatever PATH the script asks for', async () => {
    const { stdout } = await run('echo hi', { env: [{ key: 'PATH', value: '/nowhere' }] });
    expect(stdout).toBe('hi\n');
  });

  it('runs in the home of the user, or where the script says', async () => {
    const elsewhere = join(host.home, 'else where');
    mkdirSync(elsewhere);
    expect((await run('pwd')).stdout).toBe(`${host.home}\n`);
    expect((await run('pwd', { workingDirectory: elsewhere })).stdout).toBe(`${elsewhere}\n`);
  });

  it('does not start where there is no such folder, and says which', async () => {
    const file = join(host.home, 'file');
    writeFileSync(file, '');
    const missing = join(host.home, 'missing');
    const refused = { kind: 'not-started', reason: 'cwd-missing' };
    expect(await run('echo hi', { workingDirectory: missing })).toMatchObject({
      outcome: { ...refused, message: `the working directory ${missing} does not exist` },
    });
    expect((await run('echo hi', { workingDirectory: file })).outcome).toEqual({
      ...refused,
      message: `the working directory ${file} is not a folder`,
    });
    expect((await run('echo hi', { workingDirectory: join(file, 'x') })).outcome).toMatchObject(refused);
  });

  it('survives what the operating system refuses, and leaves nothing open', async () => {
    const before = await openDescriptors();
    const nul = await run('echo hi', { env: [{ key: 'TOKEN', value: 's3cr3t\0' }] });
    expect(nul).toMatchObject({ told: [], outcome: { kind: 'not-started', reason: 'spawn-failed' } });
    expect(JSON.stringify(nul.outcome)).toContain('TOKEN');
    expect(JSON.stringify(nul.outcome)).not.toContain('s3cr3t');
    const large = await run('echo hi', { env: [{ key: 'LARGE', value: 'x'.repeat(200 * 1024) }] });
    expect(large.outcome).toMatchObject({
      kind: 'not-started',
      reason: 'spawn-failed',
      message: expect.stringMatching(/^the environment is too large for the operating system: 20\d{4} bytes$/),
    });
    await eventually(async () => expect(await openDescriptors()).toBe(before));
  });

  it('says so when there is no bash', async () => {
    const without = openHost({ baseEnvironment: { PATH: '/nowhere' } });
    try {
      // PATH is also where mkfifo is looked for, but in the server’s own environment.
      expect((await runToEnd(without.bash, 'echo hi')).outcome).toEqual({
        kind: 'not-started',
        reason: 'spawn-failed',
        message: 'bash could not be started: it was not found',
      });
    } finally {
      await without.close();
    }
  });

  it('does not start a script that is told to end before', async () => {
    const running = startRun(host.bash, 'touch started');
    running.terminate();
    const early = await running.outcome;
    const late = openHost();
    const waiting = startRun(late.bash, 'touch started'); // its pipes are not there yet
    waiting.terminate();
    expect(await waiting.outcome).toMatchObject({ kind: 'not-started', reason: 'spawn-failed' });
    expect(readdirSync(late.home)).toEqual([]);
    await late.close();
    expect(['exited', 'not-started']).toContain(early.kind);
  });

  it('refuses when it is closed', async () => {
    const closed = openHost();
    await closed.close();
    expect((await runToEnd(closed.bash, 'echo hi', { workingDirectory: '/' })).outcome).toEqual({
      kind: 'not-started',
      reason: 'spawn-failed',
      message: 'the script could not be prepared: the runner is closed',
    });
  });

  it('leaks no descriptor in 200 runs', async () => {
    await run('true');
    const before = await openDescriptors();
    let left = 200;
    const worker = async (): Promise<void> => {
      while (left-- > 0) expect((await run('echo hi; echo ho >&2')).outcome).toEqual(exited(0));
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    await eventually(async () => expect(await openDescriptors()).toBeLessThanOrEqual(before));
  }, 60_000);
});
