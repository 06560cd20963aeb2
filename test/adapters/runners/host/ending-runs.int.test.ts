import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { chooseContainment } from '../../../../src/adapters/runners/host/containment/choose-containment.js';
import { findOwnCgroup } from '../../../../src/adapters/runners/host/containment/cgroup/find-own-cgroup.js';
import { eventually } from '../../../support/eventually.js';
import {
  EACH_STARTER,
  type HostForTests,
  KILL_GRACE_MS,
  endedBy,
  openHost,
  openSpawnerHost,
  processesWith,
  readProc,
  startRun,
  uniqueSleep,
} from './host-for-tests.js';

const ownCgroup = findOwnCgroup();

describe.each([
  ['by execa, with a cgroup', ownCgroup, openHost],
  ['by execa, without a cgroup', null, openHost],
  ['by the spawner, with a cgroup', ownCgroup, openSpawnerHost],
  ['by the spawner, without a cgroup', null, openSpawnerHost],
])('ending a run that was started %s', (how, cgroupParent, open) => {
  const survivors = cgroupParent === null ? 'possible' : 'none';
  const inAll = how.endsWith('with a cgroup') && ownCgroup === null ? it.skip : it;
  let host: HostForTests;
  beforeAll(() => {
    host = open({ containments: chooseContainment({ cgroupParent }) });
  });
  afterAll(() => host.close());

  // S is a time to sleep by which the processes of this one run are found.
  inAll.each([
    ['in the background', 1 + 1, 'sleep S & sleep S'],
    ['in sessions of their own', 1 + 1, 'setsid sleep S & setsid sleep S & wait'],
    ['that ignore HUP', 1, 'nohup sleep S & wait'],
    ['in groups of their own', 1 + 1, 'set -m; sleep S & sleep S & wait'],
    [
      'whose parents have ended',
      1 + 1 + 1,
      '(sleep S &); (setsid sleep S &); (setsid bash -c "sleep S & sleep 0.1" &); wait; sleep 60',
    ],
    ['that are many', 200, 'for i in {1..200}; do sleep S & done; wait'],
    ['that ignore TERM', 1 + 1, 'trap "" TERM; sleep S & sleep S; sleep S'],
    ['that let go of its output', 1, 'setsid sleep S >/dev/null 2>&1 </dev/null & wait'],
    ['without environment, session and output', 1, 'env -i setsid sleep S >/dev/null 2>&1 </dev/null & sleep 60'],
    ['that took leave of everything at once', 1, '(env -i setsid sleep S >/dev/null 2>&1 </dev/null &); sleep 60'],
  ])('ends processes %s', async (_, count, script) => {
    const sleep = uniqueSleep();
    const run = startRun(host.bash, script.replaceAll('S', sleep));
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(count));
    const begun = performance.now();
    run.terminate();
    const outcome = await run.outcome;
    expect(processesWith(sleep)).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(KILL_GRACE_MS + 2000);
    expect(outcome).toMatchObject({ kind: 'exited', leftovers: [], signalled: { survivors } });
    expect(run.notes()).toContain(cgroupParent === null ? 'may have survived' : '');
  });

  inAll('removes the cgroup of a run', async () => {
    const run = startRun(host.bash, 'echo up; sleep 60');
    await eventually(() => expect(run.stdout()).toBe('up\n'));
    const { cgroup } = run.identity();
    expect(cgroup && dirname(cgroup)).toBe(cgroupParent && resolve(cgroupParent));
    if (cgroup !== null) {
      expect(basename(cgroup)).toMatch(new RegExp(`^runlet-${run.runId}-`));
      await eventually(() => expect(readProc(`${run.identity().pid}/cgroup`)).toContain(`runlet-${run.runId}`));
    }
    run.terminate();
    await run.outcome;
    if (cgroup !== null) await eventually(() => expect(existsSync(cgroup)).toBe(false));
  });

  inAll('leaves the same run of another server alone, which has its id from a copy of the store', async () => {
    const one = startRun(host.bash, 'echo up; sleep 60');
    const other = startRun(host.bash, 'echo up; sleep 60', { runId: one.runId });
    const entered = (run: typeof one) => readProc(`${run.identity().pid}/cgroup`).includes(`runlet-${one.runId}`);
    for (const run of [one, other]) {
      await eventually(() => expect(run.stdout()).toBe('up\n'));
      if (cgroupParent !== null) await eventually(() => expect(entered(run)).toBe(true));
    }
    other.kill();
    expect(await other.outcome).toMatchObject({ signal: 'SIGKILL' });
    expect(readProc(`${one.identity().pid}/stat`)).not.toBe('');
    one.terminate();
    expect(await one.outcome).toMatchObject({ signal: 'SIGTERM' });
  });
});

describe.each(EACH_STARTER)('ending a run that was started by %s', (_starter, open) => {
  let host: HostForTests;
  let patient: HostForTests;
  beforeAll(() => {
    host = open();
    patient = open({ killGraceMs: 60_000 });
  });
  afterAll(async () => {
    await host.close();
    await patient.close();
  });

  it('lets a script end by itself on TERM', async () => {
    const run = startRun(patient.bash, "trap 'echo bye; exit 0' TERM; echo up; sleep 60");
    await eventually(() => expect(run.stdout()).toBe('up\n'));
    run.terminate();
    expect(await run.outcome).toMatchObject({ kind: 'exited', exitCode: 0, signal: null, leftovers: [] });
    expect(run.stdout()).toBe('up\nbye\n');
    expect(run.told).not.toContain('killing');
  });

  it('sends TERM once, and not to what is started to tidy up', async () => {
    const script = "trap 'echo term; sleep 0.2; echo tidied; exit 0' TERM; echo up; while :; do sleep 0.02; done";
    const run = startRun(patient.bash, script);
    await eventually(() => expect(run.stdout()).toBe('up\n'));
    run.terminate();
    expect(await run.outcome).toMatchObject({ exitCode: 0 });
    expect(run.stdout()).toBe('up\nterm\ntidied\n');
  });

  it('sends TERM again to a program whose shell took the first, when it was still a copy of it', async () => {
    const script = 'trap "exit 0" TERM; (trap : TERM; echo up; sleep 0.3; exec sleep 60) & wait';
    const run = startRun(patient.bash, script);
    await eventually(() => expect(run.stdout()).toBe('up\n'));
    run.terminate();
    expect(await run.outcome).toMatchObject({ exitCode: 0, signalled: { signals: ['SIGTERM'] } });
  });

  it('tells TERM and KILL', async () => {
    const run = startRun(host.bash, "trap '' TERM; echo up; while :; do sleep 1; done");
    await eventually(() => expect(run.stdout()).toBe('up\n'));
    const begun = performance.now();
    run.terminate();
    expect(await run.outcome).toMatchObject(endedBy('SIGKILL'));
    expect(performance.now() - begun).toBeGreaterThanOrEqual(KILL_GRACE_MS);
    expect(run.told).toEqual(['started', 'stdout', 'terminating', 'killing']);
  });

  it('ends a script that is stopped', async () => {
    const run = startRun(patient.bash, 'echo up; kill -STOP $$; echo on');
    await eventually(() => expect(readProc(`${run.identity().pid}/stat`)).toMatch(/\) T /));
    run.terminate();
    expect(await run.outcome).toMatchObject(endedBy('SIGTERM'));
  });

  it('kills at once when told so, during the grace too', async () => {
    const first = startRun(patient.bash, "trap '' TERM; echo up; sleep 60");
    const second = startRun(patient.bash, "trap '' TERM; echo up; sleep 60");
    await eventually(() => expect(first.stdout() + second.stdout()).toBe('up\nup\n'));
    first.kill();
    second.terminate();
    await eventually(() => expect(second.told).toContain('terminating'));
    second.kill();
    expect(await first.outcome).toMatchObject(endedBy('SIGKILL'));
    expect(await second.outcome).toMatchObject(endedBy('SIGKILL'));
    expect(first.told).toEqual(['started', 'stdout', 'killing']);
    expect(second.told).toEqual(['started', 'stdout', 'terminating', 'killing']);
  });

  it('ends a node script with its children', async () => {
    const sleep = uniqueSleep();
    const script = `const { spawn } = child_process; spawn('sleep', ['${sleep}']);
      spawn('setsid', ['sleep', '${sleep}'], { env: { PATH: process.env.PATH }, stdio: 'ignore', detached: true }); setInterval(() => {}, 1000);`;
    const run = startRun(host.node, script);
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(2));
    run.terminate();
    expect(await run.outcome).toMatchObject(endedBy('SIGTERM'));
    expect(processesWith(sleep)).toEqual([]);
  });

  it('touches no other run', async () => {
    const [sleep, other] = [uniqueSleep(), uniqueSleep()];
    const run = startRun(host.bash, `setsid sleep ${sleep} & wait`);
    const bystander = startRun(host.bash, `setsid sleep ${other} & wait`);
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(1));
    await eventually(() => expect(processesWith(`sleep\0${other}`)).toHaveLength(1));
    run.terminate();
    await run.outcome;
    expect(processesWith(`sleep\0${other}`)).toHaveLength(1);
    expect(bystander.told).toEqual(['started']);
    bystander.kill();
    await bystander.outcome;
    expect(processesWith(other)).toEqual([]);
  });
});
