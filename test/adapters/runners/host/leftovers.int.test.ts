import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../../support/eventually.js';
import {
  type HostForTests,
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

const startTime: unknown = expect.stringMatching(/^\d+$/);
const LIVES = { pid: expect.any(Number), command: 'bash', ended: false, startTime };

describe.each([
  ['started for it by execa', () => Promise.resolve(openHost())],
  ['started for it by the spawner', () => Promise.resolve(openSpawnerHost())],
  ['that was ready', () => openWarmHost()],
])('a script that ended by itself, in a process %s', (_, open) => {
  let host: HostForTests;
  beforeAll(async () => {
    host = await open();
  });
  afterAll(() => host.close());

  it('ends 2 s later without what holds its output, which goes on', async () => {
    const sleep = uniqueSleep();
    const begun = performance.now();
    const { outcome, stdout, notes, told } = await runToEnd(host.bash, `sleep ${sleep} & echo hi; exit 3`);
    expect(performance.now() - begun).toBeGreaterThan(2000);
    const [pid] = processesWith(`sleep\0${sleep}`);
    expect(outcome).toEqual({
      kind: 'exited',
      exitCode: 3,
      signal: null,
      leftovers: [{ pid, command: 'sleep', ended: false, startTime }],
    });
    expect(stdout).toBe('hi\n');
    expect(notes).toMatch(/^left running, as the script has ended by itself: sleep \(pid \d+\)\n.*not kept.*2 s after/);
    expect(told).toEqual(['started', 'stdout']);
    process.kill(pid!, 'SIGKILL');
  });

  it.each([
    ['now and then', 'while sleep 0.05; do echo tick || exit; date +%s%N >F; done', 0],
    ['more than its pipe holds', 'while printf %065536d 0 || exit; do date +%s%N >F; done', 100_000],
  ])('lets it print %s, which is not kept', async (_, loop, most) => {
    const file = join(host.home, 'alive');
    const sleep = uniqueSleep();
    const { outcome, stdout } = await runToEnd(
      host.bash,
      `nohup bash -c 'trap "" TERM; : ${sleep}; ${loop.replaceAll('F', file)}' 2>/dev/null & sleep 0.1; exit 0`,
    );
    const left = processesWith(sleep);
    try {
      expect(outcome).toMatchObject({ exitCode: 0, leftovers: expect.arrayContaining([LIVES]) });
      const before = readFileSync(file, 'utf8');
      await eventually(() => expect(readFileSync(file, 'utf8')).not.toBe(before)); // it is not blocked
      expect(stdout.length).toBeGreaterThan(most);
      expect(processesWith(sleep)).toContain(left[0]);
    } finally {
      for (const pid of processesWith(sleep)) process.kill(pid, 'SIGKILL');
    }
  });

  it('keeps what they print within that time', async () => {
    expect(await runToEnd(host.bash, '(sleep 0.3; echo late) & echo hi')).toMatchObject({
      outcome: exited(0),
      stdout: 'hi\nlate\n',
      notes: '',
    });
  });

  it('names one that holds its output and removes its markers', async () => {
    const sleep = uniqueSleep();
    const script = `(trap '' TERM; env -i setsid sleep ${sleep} &); echo hi`;
    const { outcome } = await runToEnd(host.bash, script);
    const [pid] = processesWith(`sleep\0${sleep}`);
    expect(outcome).toMatchObject({ exitCode: 0, leftovers: [{ pid, command: 'sleep', ended: false }] });
    process.kill(pid!, 'SIGKILL');
  });

  it.each([
    ['keeps its markers', 'setsid sleep S >/dev/null 2>&1 </dev/null &'],
    ['has none but the limit', '(env -i setsid sleep S >/dev/null 2>&1 </dev/null &);'],
  ])('leaves a service alone that let go of its output and %s', async (_, script) => {
    const sleep = uniqueSleep();
    const run = startRun(host.bash, `${script.replace('S', sleep)} echo hi`);
    const begun = performance.now();
    const outcome = await run.outcome;
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(run.stdout()).toBe('hi\n');
    const [pid] = await eventually(() => {
      const found = processesWith(`sleep\0${sleep}`);
      expect(found).toHaveLength(1);
      return found;
    });
    expect(outcome).toMatchObject({ exitCode: 0, leftovers: [{ pid, ended: false }] });
    expect(run.notes()).toMatch(/^left running, as the script has ended by itself: \S+ \(pid \d+\)$/);
    const { cgroup } = run.identity();
    if (cgroup !== null) await eventually(() => expect(existsSync(cgroup)).toBe(false));
    expect(readProc(`${pid}/cgroup`)).not.toContain(run.runId);
    process.kill(pid!, 'SIGKILL');
    await eventually(() => expect(processesWith(sleep)).toEqual([]));
  });

  it('is ended like any other when that is asked for while its output is held', async () => {
    const sleep = uniqueSleep();
    const run = startRun(host.bash, `setsid sleep ${sleep} & echo hi`);
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(1));
    await eventually(() => expect(readProc(`${run.identity().pid}/stat`)).toBe(''));
    await eventually(() => expect(run.stdout()).toBe('hi\n'));
    const begun = performance.now();
    run.terminate();
    expect(await run.outcome).toMatchObject({ ...exited(0), signalled: { signals: ['SIGTERM'] } });
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(processesWith(sleep)).toEqual([]);
    expect(run.told).toEqual(['started', 'stdout', 'terminating']);
  });

  it('ends though its output is held by one who does not belong to it', async () => {
    const run = startRun(host.bash, 'echo hi; sleep 0.5; echo ho');
    await eventually(() => expect(run.stdout()).toBe('hi\n'));
    const held = openSync(`/proc/${run.identity().pid}/fd/1`, 'w');
    try {
      expect(await run.outcome).toEqual(exited(0));
      expect(run.stdout()).toBe('hi\nho\n');
    } finally {
      closeSync(held);
    }
  });
});
