import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { chooseContainment } from '../../../../../src/adapters/runners/host/containment/choose-containment.js';
import { findOwnCgroup } from '../../../../../src/adapters/runners/host/containment/cgroup/find-own-cgroup.js';
import { readProcess } from '../../../../../src/adapters/runners/process/process-table.js';
import { describeContainment } from '../../../../contracts/containment.contract.js';
import { eventually } from '../../../../support/eventually.js';
import { openHost, openSpawner, processesWith, readProc, startRun, uniqueSleep } from '../host-for-tests.js';

const parent = findOwnCgroup();
const known = (pid: number) => ({ pid, startTime: readProcess(pid)?.startTime ?? null });

if (parent !== null) describeContainment('cgroup v2', () => chooseContainment({ cgroupParent: parent }), known);
describeContainment('a scan of /proc', () => chooseContainment({ cgroupParent: null }), known);
describeContainment(
  'a process group',
  () => chooseContainment({ cgroupParent: null }),
  (pid) => ({ pid, startTime: null }),
);

describe.each([
  ['cgroup', parent],
  ['proc', null],
])('contained by %s', (kind, cgroupParent) => {
  const here = kind === 'cgroup' && parent === null ? it.skip : it;
  const open = () => {
    const containments = chooseContainment({ cgroupParent });
    expect(containments.kind).toBe(kind);
    return openHost({ containments, starter: openSpawner(containments) });
  };

  here.each([
    ['is cancelled', 'sleep 300', true],
    ['ends by itself', 'exit 0', false],
  ])('what has opted out as the docs say outlives a run that %s', async (_, rest, isCancelled) => {
    const host = open();
    const sleep = uniqueSleep();
    const daemon = `env -u RUNLET_RUN_COOKIE setsid sleep ${sleep} >/dev/null 2>&1 </dev/null &`;
    const run = startRun(host.bash, `${daemon} echo up; sleep 0.3; ${rest}`);
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(1));
    if (isCancelled) run.terminate();
    const outcome = await run.outcome;
    const [pid = 0] = processesWith(`sleep\0${sleep}`);
    try {
      expect(readProcess(pid)?.command).toBe('sleep');
      expect(outcome).toMatchObject({ kind: 'exited', leftovers: [] });
      await host.close();
      expect(readProc(`${pid}/cgroup`)).not.toContain(run.runId);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });

  here(
    'a descendant that takes the cookie away, and stays in the session of the script, has not opted out',
    async () => {
      const host = open();
      const sleep = uniqueSleep();
      const run = startRun(host.bash, `env -u RUNLET_RUN_COOKIE sleep ${sleep} & echo up; wait`);
      await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(1));
      run.terminate();
      await run.outcome;
      expect(processesWith(sleep)).toEqual([]);
      await host.close();
    },
  );
});

(parent === null || process.getuid?.() !== 0 ? describe.skip : describe)('a script that is root', () => {
  it('does not hide a process in another cgroup, in a session, with an environment and limits of its own', async () => {
    const containments = chooseContainment();
    const host = openHost({ containments, starter: openSpawner(containments) });
    const elsewhere = join(parent!, `elsewhere-${uniqueSleep()}`); // not a name that a server which starts tidies up
    mkdirSync(elsewhere);
    const sleep = uniqueSleep();
    const hide = `ulimit -x unlimited; echo $BASHPID >${elsewhere}/cgroup.procs; exec env -i setsid sleep ${sleep} >/dev/null 2>&1 </dev/null`;
    const run = startRun(host.bash, `(bash -c '${hide}' &); echo up; sleep 300`);
    await eventually(() => expect(readFileSync(join(elsewhere, 'cgroup.procs'), 'utf8')).not.toBe(''));
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(1));
    run.terminate();
    expect(await run.outcome).toMatchObject({ signalled: { survivors: 'none' }, leftovers: [] });
    expect(processesWith(sleep)).toEqual([]);
    await host.close();
    rmdirSync(elsewhere);
  });

  it('leaves no cgroup behind that it has made below its own', async () => {
    const containments = chooseContainment();
    const host = openHost({ containments, starter: openSpawner(containments) });
    const sleep = uniqueSleep();
    const own = '$(sed -n "s/^0:://p" /proc/self/cgroup)';
    const run = startRun(
      host.bash,
      `until [[ ${own} == *$RUNLET_RUN_ID* ]]; do sleep 0.01; done
       folder=$(find /sys/fs/cgroup -type d -name "runlet-$RUNLET_RUN_ID-*"); mkdir -p $folder/a/b
       (echo $BASHPID >$folder/a/b/cgroup.procs; exec setsid sleep ${sleep} >/dev/null 2>&1 </dev/null) & echo $folder; sleep 0.2`,
    );
    const outcome = await run.outcome;
    const folder = run.stdout().trim();
    expect(folder).toContain(run.runId);
    expect(outcome).toMatchObject({ leftovers: [{ command: 'sleep', ended: false }] });
    await eventually(() => expect(existsSync(folder)).toBe(false));
    const [pid = 0] = processesWith(`sleep\0${sleep}`);
    process.kill(pid, 'SIGKILL');
    await host.close();
  });
});

describe('chooseContainment', () => {
  it('recovers nothing of another start of the machine', async () => {
    const stranger = spawn('sleep', ['300']);
    const identity = { pid: stranger.pid!, startTime: '1', bootId: 'another', cookie: 'none', cgroup: null };
    expect(chooseContainment().recover(identity)).toBeNull();
    stranger.kill('SIGKILL');
    expect(await once(stranger, 'exit')).toEqual([null, 'SIGKILL']);
  });
});
