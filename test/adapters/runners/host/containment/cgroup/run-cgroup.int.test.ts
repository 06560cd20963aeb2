import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOwnCgroup } from '../../../../../../src/adapters/runners/host/containment/cgroup/find-own-cgroup.js';
import {
  RunCgroup,
  removeAbandonedCgroups,
} from '../../../../../../src/adapters/runners/host/containment/cgroup/run-cgroup.js';
import { eventually } from '../../../../../support/eventually.js';
import { uniqueSleep } from '../../host-for-tests.js';

const parent = findOwnCgroup();

(parent === null ? describe.skip : describe)('RunCgroup', () => {
  const newPath = (): string => join(parent!, `runlet-test-${uniqueSleep()}`);

  it('is made below the server’s own cgroup', () => {
    expect(readFileSync(join(parent!, 'cgroup.procs'), 'utf8').split('\n')).toContain(String(process.pid));
  });

  it('takes in a process with its later children, and kills all of them', async () => {
    const child = spawn('bash', ['-c', 'read -r; env -i setsid sleep 300 & echo forked; wait']);
    const cgroup = new RunCgroup(newPath());
    await cgroup.enter(child.pid!);
    await eventually(() => expect(cgroup.pids()).toEqual([child.pid]));
    child.stdin.write('go\n');
    await once(child.stdout, 'data');
    expect(cgroup.pids()).toHaveLength(2);
    const gone = once(child, 'exit');
    await cgroup.kill();
    expect(await gone).toEqual([null, 'SIGKILL']);
    await eventually(() => expect(cgroup.pids()).toEqual([]));
    await cgroup.dissolve();
    expect(existsSync(cgroup.path)).toBe(false);
  });

  it('gives back the processes that stay', async () => {
    const child = spawn('sleep', ['300']);
    const cgroup = new RunCgroup(newPath());
    await cgroup.enter(child.pid!);
    await cgroup.dissolve();
    expect(existsSync(cgroup.path)).toBe(false);
    expect(readFileSync(join(parent!, 'cgroup.procs'), 'utf8').split('\n')).toContain(String(child.pid));
    child.kill('SIGKILL');
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  });

  it('is removed when a killed server left it, unless something runs in it', async () => {
    const child = spawn('sleep', ['300']);
    const inUse = new RunCgroup(newPath());
    await inUse.enter(child.pid!);
    await eventually(() => expect(inUse.pids()).toEqual([child.pid]));
    const abandoned = newPath();
    mkdirSync(abandoned);
    await removeAbandonedCgroups(parent!);
    expect([existsSync(abandoned), existsSync(inUse.path)]).toEqual([false, true]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await inUse.dissolve();
  });

  it('is made again when another server took it for abandoned before the process was in it', async () => {
    const child = spawn('sleep', ['300']);
    const cgroup = new RunCgroup(newPath());
    const entering = cgroup.enter(child.pid!);
    while (!existsSync(cgroup.path)); // in one turn of the event loop, so that it cannot go on meanwhile
    rmdirSync(cgroup.path);
    await entering;
    expect([cgroup.hasEntered, cgroup.pids()]).toEqual([true, [child.pid]]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await cgroup.dissolve();
  });

  it('does nothing, and makes no file, where there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runlet-no-cgroup-'));
    const nowhere = new RunCgroup(folder);
    expect(nowhere.pids()).toEqual([]);
    await nowhere.kill();
    expect(existsSync(join(folder, 'cgroup.kill'))).toBe(false);
    rmdirSync(folder);
    const missing = new RunCgroup(join(parent!, 'none', 'none'));
    await missing.enter(process.pid);
    await missing.kill();
    await missing.dissolve();
    expect(statSync(parent!).isDirectory()).toBe(true);
  });
});
