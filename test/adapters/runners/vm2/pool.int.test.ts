import { afterEach, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vm2Runner, Vm2RunnerNeeds } from '../../../../src/adapters/runners/vm2/vm2-runner.js';
import { eventually } from '../../../support/eventually.js';
import { CHILD_FILE, exited, isAlive, KILLED, openVm2, runToEnd, startRun } from './vm2-for-tests.js';

describe('the pool of sandboxes', () => {
  const opened: Vm2Runner[] = [];
  const open = (needs: Partial<Vm2RunnerNeeds> = {}): Vm2Runner => {
    const runner = openVm2({ poolSize: 2, ...needs });
    opened.push(runner);
    return runner;
  };
  const warmed = async (needs: Partial<Vm2RunnerNeeds> = {}): Promise<Vm2Runner> => {
    const runner = open(needs);
    runner.warm();
    await eventually(() => expect(sandboxes()).toHaveLength(needs.poolSize ?? 2));
    return runner;
  };
  afterEach(async () => {
    for (const runner of opened.splice(0)) await runner.close();
    expect(sandboxes()).toEqual([]);
  });

  it('makes none before it is told to', async () => {
    open();
    expect(sandboxes()).toEqual([]);
    await runToEnd(open(), '1');
  });

  it('gives every run a process of its own, one that was ready, and makes another', async () => {
    const runner = await warmed();
    const ready = sandboxes();
    const used: number[] = [];
    for (let i = 0; i < 3; i++) {
      const run = startRun(runner, 'globalThis.seen = (globalThis.seen ?? 0) + 1');
      expect(await run.outcome).toEqual(exited(0, { result: 1 }));
      used.push(run.identity().pid);
      await eventually(() => expect(sandboxes().filter((pid) => !used.includes(pid))).toHaveLength(2));
    }
    expect(new Set(used).size).toBe(3);
    expect(used.slice(0, 2).sort()).toEqual(ready.sort());
  });

  it('serves more runs at once than are ready', async () => {
    const runner = await warmed({ poolSize: 1 });
    const results = await Promise.all([1, 2, 3].map((i) => runToEnd(runner, `await ${i}; return ${i}`)));
    expect(results.map(({ outcome }) => outcome)).toEqual([1, 2, 3].map((result) => exited(0, { result })));
  });

  it('makes none ahead of need while a run waits for its own', async () => {
    const slow = join(mkdtempSync(join(tmpdir(), 'vm2-test-')), 'slow.mjs');
    writeFileSync(
      slow,
      `await new Promise((resolve) => setTimeout(resolve, 300)); await import(${JSON.stringify(CHILD_FILE)});`,
    );
    const runner = open({ poolSize: 1, childFile: slow });
    const run = startRun(runner, 'console.log("begun")');
    runner.warm();
    let most = 0;
    await eventually(() => {
      if (run.told.length === 0) most = Math.max(most, sandboxes(slow).length);
      expect(run.printed.stdout).toBe('begun\n');
    });
    expect(await run.outcome).toEqual(exited(0));
    await eventually(() => expect(sandboxes(slow)).toHaveLength(1)); // now it is made
    expect(most).toBe(1);
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGABRT'] as const)(
    'replaces those that %s ends before their use',
    async (signal) => {
      const runner = await warmed();
      const first = sandboxes();
      for (const pid of first) process.kill(pid, signal);
      await eventually(() => {
        const now = sandboxes();
        expect(now).toHaveLength(2);
        expect(now.filter((pid) => first.includes(pid))).toEqual([]);
      });
      expect((await runToEnd(runner, '"alive"')).outcome).toEqual(exited(0, { result: 'alive' }));
    },
  );

  it('gives a run another when the one it took ends before the script runs', async () => {
    const runner = await warmed();
    for (const pid of sandboxes()) process.kill(pid, 'SIGKILL');
    const { outcome, told } = await runToEnd(runner, 'console.log("once"); 1'); // before anybody has noticed
    expect(outcome).toEqual(exited(0, { result: 1 }));
    expect(told).toEqual(['started', 'stdout']);
  });

  it('never starts a script a second time that is killed from outside', async () => {
    const runner = await warmed();
    const { outcome, identity, told, printed } = startRun(runner, 'console.log("running"); for (;;);');
    await eventually(() => expect(printed.stdout).toBe('running\n'));
    process.kill(identity().pid, 'SIGKILL');
    expect(await outcome).toEqual({ kind: 'exited', exitCode: null, signal: 'SIGKILL', leftovers: [] });
    expect(told).toEqual(['started', 'stdout']);
  });

  it.each(['terminate', 'kill'] as const)(
    'ends a run at once on %s, also while its sandbox makes itself ready',
    async (way) => {
      const runner = open();
      const run = startRun(runner, 'console.log("never")');
      await eventually(() => expect(sandboxes()).toHaveLength(1));
      run[way]();
      expect(await run.outcome).toEqual(KILLED);
      expect(run.told).toEqual(['killing']);
    },
  );

  it('ends a run that was aborted before it began', async () => {
    const run = startRun(open(), 'console.log("never")');
    run.terminate();
    expect(await run.outcome).toEqual(KILLED);
    expect(run.told.filter((what) => what !== 'killing')).toEqual([]);
  });

  it('tells once that it kills', async () => {
    const run = startRun(open(), 'console.log(1); for (;;);');
    await eventually(() => expect(run.printed.stdout).toBe('1\n'));
    run.terminate();
    run.kill();
    expect(await run.outcome).toEqual(KILLED);
    expect(run.told).toEqual(['started', 'stdout', 'killing']);
  });

  it('leaves no process when it is closed, nor makes one', async () => {
    const runner = await warmed();
    const before = sandboxes();
    await runToEnd(runner, '1'); // another is to be made 30 ms after this one was taken
    await runner.close();
    expect(before.filter(isAlive)).toEqual([]);
    expect(sandboxes()).toEqual([]);
    expect((await runToEnd(runner, '1')).outcome).toMatchObject({ kind: 'not-started', reason: 'spawn-failed' });
  });

  it('can be closed while it makes them', async () => {
    const runner = open({ poolSize: 4 });
    runner.warm();
    await runner.close();
    expect(sandboxes()).toEqual([]);
  });

  describe('when the program is broken', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vm2-test-'));
    const broken = join(folder, 'broken.mjs');
    const tries = join(folder, 'tries');
    writeFileSync(
      broken,
      `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(tries)}, 'x'); throw new Error('no luck');`,
    );
    const countTries = (): number => readFileSync(tries, 'utf8').length;
    afterEach(() => rmSync(tries, { force: true }));

    it('says why a run could not be started', async () => {
      const { outcome, told } = await runToEnd(open({ childFile: broken }), '1');
      expect(outcome).toEqual({
        kind: 'not-started',
        reason: 'spawn-failed',
        message: expect.stringMatching(/^the vm2 sandbox could not be started: .*no luck/),
      });
      expect(told).toEqual([]);
      expect(countTries()).toBe(3);
    });

    it('tries ever more rarely to make one ready', async () => {
      const runner = open({ childFile: broken, poolSize: 1 });
      runner.warm();
      await eventually(() => expect(countTries()).toBe(4));
      const since = performance.now();
      await eventually(() => expect(countTries()).toBe(5));
      expect(performance.now() - since).toBeGreaterThan(300);
    });

    it('says that it is missing', async () => {
      const { outcome } = await runToEnd(open({ childFile: join(folder, 'missing.mjs') }), '1');
      expect(outcome).toMatchObject({ kind: 'not-started', message: expect.stringContaining('missing.mjs') });
    });
  });
});

/** Sandboxes that this process has made and that are alive. */
const sandboxes = (program = CHILD_FILE): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid && isAlive(pid) && commandOf(pid).includes(program));

const parentOf = (pid: number): number | null => Number(/\) . (\d+) /.exec(read(`/proc/${pid}/stat`))?.[1]);
const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`);

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};
