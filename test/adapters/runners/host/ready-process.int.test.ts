import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/eventually.js';
import { exited, openReadyHost, processesWith, readProc, runToEnd, startRun, uniqueSleep } from './host-for-tests.js';

describe('a process that waits to become a script', () => {
  const mark = uniqueSleep();
  let host: Awaited<ReturnType<typeof openReadyHost>>;
  beforeEach(async () => {
    host = await openReadyHost({ baseEnvironment: { PATH: process.env.PATH, MARK: mark } }, 2);
  });
  afterEach(() => host.close());

  const waiting = (): number[] =>
    processesWith('/bin/sh').filter((pid) => readProc(`${pid}/environ`).includes(`MARK=${mark}`));

  it('is the script from then on, and another one takes its place', async () => {
    const before = waiting();
    expect(before).toHaveLength(2);
    const run = startRun(host.bash, 'echo $$; cat; pwd');
    expect(before).toContain(run.identity().pid); // told in the turn of the call
    expect(await run.outcome).toEqual(exited(0));
    expect(run.stdout()).toBe(`${run.identity().pid}\n${host.home}\n`);
    await eventually(() => expect(waiting()).toHaveLength(2));
    expect(waiting()).not.toContain(run.identity().pid);
  });

  it('runs node scripts, too', async () => {
    const before = waiting();
    const run = startRun(host.node, 'console.log(process.pid, process.cwd(), process.argv.length)');
    await run.outcome;
    expect(before).toContain(run.identity().pid);
    expect(run.stdout()).toBe(`${run.identity().pid} ${host.home} 1\n`);
  });

  it.each([
    ['quotes', `it's "quoted" \\ and $HOME \`id\``],
    ['lines', 'one\ntwo\n\n'],
    ['other characters', 'é 😀 \u0001\t'],
    ['nothing', ''],
    ['more than a pipe holds', 'x'.repeat(32_000)],
  ])('gives a script its variables to the letter: %s', async (_, value) => {
    const { stdout } = await runToEnd(host.node, 'process.stdout.write(JSON.stringify(process.env.VALUE))', {
      env: [{ key: 'VALUE', value }],
    });
    expect(JSON.parse(stdout)).toBe(value);
  });

  it.each(['IFS', 'PPID', 'OPTIND', 'UID', 'BASH_ENV', 'SECONDS'])(
    'leaves a variable that shells keep for themselves to a process started for it: %s',
    async (key) => {
      const before = waiting();
      const run = startRun(host.node, `console.log(process.env.${key})`, { env: [{ key, value: 'a/b' }] });
      await run.outcome;
      expect(run.stdout()).toBe('a/b\n');
      expect(before).not.toContain(run.identity().pid);
    },
  );

  it('adds nothing to the environment of a script but what it adds to any', async () => {
    const script = 'console.log(Object.keys(process.env).sort().join())';
    const ready = await runToEnd(host.node, script);
    const other = await runToEnd(host.node, script, { env: [{ key: 'PPID', value: '1' }] });
    expect(ready.stdout).toBe(other.stdout.replace('PPID,', ''));
  });

  it('is not used when it has died meanwhile', async () => {
    for (const pid of waiting()) process.kill(pid, 'SIGKILL');
    await eventually(() => expect(waiting()).toEqual([]));
    expect((await runToEnd(host.bash, 'echo hi')).stdout).toBe('hi\n');
    await eventually(() => expect(waiting()).toHaveLength(2));
  });

  it('ends with its host', async () => {
    const before = waiting();
    await host.close();
    expect(before.filter((pid) => readProc(`${pid}/environ`).includes(mark))).toEqual([]);
  });

  it('is in its cgroup before the script begins, so that nothing leaves it unseen', async () => {
    const sleep = uniqueSleep();
    const { outcome } = await runToEnd(host.bash, `env -i setsid sleep ${sleep} >/dev/null 2>&1 </dev/null & echo hi`);
    const [left] = processesWith(`sleep\0${sleep}`);
    expect(outcome).toMatchObject({ leftovers: [{ pid: left, command: 'sleep', ended: false }] });
    if (left !== undefined) process.kill(left, 'SIGKILL');
  });
});
