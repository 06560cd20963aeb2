import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../../../support/eventually.js';
import { exited, openWarmHost, processesWith, readProc, runToEnd, startRun, uniqueSleep } from '../host-for-tests.js';

describe('a login shell that waits to become a script', () => {
  const mark = uniqueSleep();
  let host: Awaited<ReturnType<typeof openWarmHost>>;
  beforeEach(async () => {
    host = await openWarmHost({ baseEnvironment: { PATH: process.env.PATH, MARK: mark } }, 2);
  });
  afterEach(() => host.close());

  /** Leaders of their sessions: what a profile starts is a shell of the same command line, for a moment. */
  const waiting = (): number[] =>
    processesWith('RUNLET_TASK').filter(
      (pid) =>
        readProc(`${pid}/environ`).includes(`MARK=${mark}`) && readProc(`${pid}/stat`).includes(` ${pid} ${pid} `),
    );
  /** Those that wait from now on have read this. */
  const setProfile = async (text: string): Promise<void> => {
    writeFileSync(join(host.home, '.bash_profile'), text);
    await runToEnd(host.bash, ':');
    await host.ready.fill();
  };

  it('is the script from then on, and another one takes its place', async () => {
    const before = waiting();
    expect(before).toHaveLength(2);
    const run = startRun(host.bash, 'echo $$; cat; pwd');
    expect(await run.outcome).toEqual(exited(0));
    expect(before).toContain(run.identity().pid);
    expect(run.stdout()).toBe(`${run.identity().pid}\n${host.home}\n`);
    await eventually(() => expect(waiting().filter((pid) => !before.includes(pid))).not.toEqual([]));
    await eventually(() => expect(waiting()).toHaveLength(2));
  });

  it.each([
    ['what it is', 'echo "$0 $# $- $SHLVL ${BASH_SOURCE[0]-none} $LINENO"'],
    ['its variables', 'compgen -v | grep -vxE "BASHPID|BASH_ARG[CV]|EPOCH.*|RANDOM|SRANDOM"'],
    ['the environment of what it starts', 'env | grep -v "^RUNLET_RUN_" | sort'],
    ['its descriptors', 'ls /proc/$$/fd'],
    ['its standard input', 'readlink /proc/$$/fd/0'],
    ['its time', 'echo $((SECONDS < 5))'],
    ['where it is', 'pwd; cd - 2>&1'],
  ])('is like one that was started for it: %s', async (_, script) => {
    const before = waiting();
    const ready = startRun(host.bash, script);
    await ready.outcome;
    expect(before).toContain(ready.identity().pid);
    const other = startRun(host.bash, `unset OWN; ${script}`, { env: [{ key: 'OWN', value: '1' }] });
    await other.outcome;
    expect(waiting()).not.toContain(other.identity().pid);
    expect(ready.stdout()).not.toBe('');
    expect(ready.stdout()).toBe(other.stdout());
  });

  it('is told where to go and which run it is', async () => {
    const folder = join(host.home, `it's a "folder" $HOME`);
    mkdirSync(folder);
    const run = startRun(host.bash, 'pwd; echo "$RUNLET_RUN_ID ${OLDPWD-none}"', { workingDirectory: folder });
    await run.outcome;
    expect(run.stdout()).toBe(`${folder}\n${run.runId} none\n`);
  });

  it('leaves scripts with variables to processes of their own, as the profile may look at them', async () => {
    await setProfile('FROM_PROFILE=$GIVEN-by-profile');
    const before = waiting();
    const run = startRun(host.bash, 'echo $FROM_PROFILE', { env: [{ key: 'GIVEN', value: 'given' }] });
    await run.outcome;
    expect(run.stdout()).toBe('given-by-profile\n');
    expect(before).not.toContain(run.identity().pid);
  });

  it('has read the profile before, and shows what that printed', async () => {
    await setProfile(`echo hello; FROM_PROFILE=$$; cd /`);
    const before = waiting();
    const run = startRun(host.bash, 'echo $FROM_PROFILE; pwd', { workingDirectory: host.home });
    await run.outcome;
    expect(before).toContain(run.identity().pid);
    expect(run.stdout()).toBe(`hello\n${run.identity().pid}\n/\n`); // as `bash -lc` stays where its profile goes
  });

  it('is not used when what it has read has changed since', async () => {
    await setProfile('VALUE=old');
    appendFileSync(join(host.home, '.bash_profile'), '\nVALUE=new');
    expect((await runToEnd(host.bash, 'echo $VALUE')).stdout).toBe('new\n');
  });

  it('is started as often as it is needed, and no more, when its profile ends it', async () => {
    await setProfile('echo >>count; exit 3');
    expect((await runToEnd(host.bash, 'echo hi')).outcome).toEqual(exited(3));
    await host.settle();
    await eventually(() => expect(waiting()).toEqual([]));
    expect(readFileSync(join(host.home, 'count')).length).toBeLessThan(20);
  });

  it('is not used when it has died meanwhile', async () => {
    for (const pid of waiting()) process.kill(pid, 'SIGKILL');
    await eventually(() => expect(waiting()).toEqual([]));
    expect((await runToEnd(host.bash, 'echo hi')).stdout).toBe('hi\n');
    await eventually(() => expect(waiting()).toHaveLength(2));
  });

  it('is made up for when it dies before it is needed', async () => {
    const before = waiting();
    await runToEnd(host.bash, ':');
    await eventually(() => expect(waiting().filter((pid) => !before.includes(pid))).toHaveLength(1));
    const [dying = 0] = waiting();
    process.kill(dying, 'SIGKILL');
    await eventually(() => {
      expect(waiting()).toHaveLength(2);
      expect(waiting()).not.toContain(dying);
    });
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
