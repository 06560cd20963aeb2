import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { RunCgroup } from '../../../../../src/adapters/runners/host/containment/cgroup/run-cgroup.js';
import { findOwnCgroup } from '../../../../../src/adapters/runners/host/containment/cgroup/find-own-cgroup.js';
import { cookieOf, newCookie } from '../../../../../src/adapters/runners/host/containment/run-markers.js';
import { chooseContainment } from '../../../../../src/adapters/runners/host/containment/choose-containment.js';
import { makeProcessSweeper } from '../../../../../src/adapters/runners/host/containment/process-sweeper.js';
import { readBootId, readProcess } from '../../../../../src/adapters/runners/process/process-table.js';
import type { Leftover, ProcessIdentity } from '../../../../../src/domain/run/script-run.js';
import { eventually } from '../../../../support/eventually.js';
import { KILL_GRACE_MS, openHost, processesWith, startRun, uniqueSleep } from '../host-for-tests.js';

const SERVER = join(import.meta.dirname, '../../../../fixtures/server-that-dies.mjs');
const sweeper = makeProcessSweeper(chooseContainment(), KILL_GRACE_MS);
const ownCgroup = findOwnCgroup();
const NOTHING = { leftovers: [], signalled: null };

/** A script, and the server that has started it. */
const startServer = async (
  script: string,
  cgroup: string | null = null,
  cookie = newCookie(),
): Promise<{ identity: ProcessIdentity; serverPid: number; kill: () => Promise<void> }> => {
  const server = spawn(process.execPath, [SERVER, cookie, script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = (await once(server.stdout, 'data')) as [Buffer];
  const pid = Number(printed);
  if (cgroup !== null) void new RunCgroup(cgroup).enter(pid);
  const identity = { pid, startTime: startTimeOf(pid), bootId: readBootId(), cookie, cgroup };
  const kill = async (): Promise<void> => {
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  return { identity, serverPid: server.pid!, kill };
};

/** A script that goes on after its server was killed. */
const leaveBehind = async (...given: Parameters<typeof startServer>): Promise<ProcessIdentity> => {
  const { identity, kill } = await startServer(...given);
  await kill();
  return identity;
};

const startTimeOf = (pid: number): string => String(readProcess(pid)?.startTime);
const namespace = readlinkSync('/proc/self/ns/pid');

/** What those are now that are, or are about to become, a sleep of so long. */
const commandsWith = (sleep: string): string[] =>
  processesWith(`sleep\0${sleep}`).map((pid) => readProcess(pid)?.command ?? '');

describe('the process sweeper', () => {
  it('ends what a killed server left: the script, its group, and those with its cookie', async () => {
    const sleep = uniqueSleep();
    const identity = await leaveBehind(
      `trap '' TERM; env -u RUNLET_RUN_COOKIE sleep ${sleep} & setsid sleep ${sleep} & wait`,
    );
    await eventually(() => expect(commandsWith(sleep)).toEqual(['sleep', 'sleep']));
    const { leftovers: found, signalled } = await sweeper.sweep(identity, null);
    expect(processesWith(sleep)).toEqual([]);
    expect(found).toHaveLength(3);
    expect(signalled).toEqual({ signals: ['SIGTERM', 'SIGKILL'], processes: 3, survivors: 'possible' });
    const { pid, startTime } = identity;
    expect(found).toContainEqual({ pid, startTime, command: 'bash', ended: true });
    expect(found.filter(({ command, ended }) => command === 'sleep' && ended)).toHaveLength(2);
    expect(await sweeper.sweep(identity, null)).toEqual(NOTHING);
  });

  it('knows by the cookie those whose script has ended', async () => {
    const sleep = uniqueSleep();
    const identity = await leaveBehind(`setsid sleep ${sleep} & sleep 0.2`);
    await eventually(() => expect(readProcess(identity.pid)).toBeNull());
    expect(processesWith(`sleep\0${sleep}`)).toHaveLength(1);
    expect(await sweeper.sweep(identity, null)).toMatchObject({ leftovers: [{ command: 'sleep', ended: true }] });
    expect(processesWith(sleep)).toEqual([]);
  });

  (ownCgroup === null ? it.skip : it)('ends what is in the cgroup, and removes it', async () => {
    const sleep = uniqueSleep();
    const cgroup = join(ownCgroup!, `runlet-sweeper-${sleep}`);
    const identity = await leaveBehind(`sleep 0.3; (env -i setsid sleep ${sleep} &)`, cgroup);
    await eventually(() => expect(commandsWith(sleep)).toEqual(['sleep']));
    expect(await sweeper.sweep(identity, null)).toMatchObject({
      leftovers: [{ command: 'sleep', ended: true }],
      signalled: { survivors: 'none' },
    });
    expect(processesWith(sleep)).toEqual([]);
    expect(existsSync(cgroup)).toBe(false);
  });

  it('knows by the token of the claim what was started a moment before the crash, and not recorded', async () => {
    const sleep = uniqueSleep();
    const host = openHost();
    const run = startRun(host.bash, 'true');
    await run.outcome;
    await host.close();
    await leaveBehind(`setsid sleep ${sleep} & sleep ${sleep}`, null, run.identity().cookie);
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(2));
    expect(await sweeper.sweep(null, null)).toEqual(NOTHING);
    expect(await sweeper.sweep(null, 'another token')).toEqual(NOTHING);
    expect((await sweeper.sweep(null, run.token)).leftovers).toHaveLength(3);
    expect(processesWith(sleep)).toEqual([]);
  });

  it.each([
    ['has the same number but began at another time', { startTime: '1', cookie: newCookie() }],
    ['began before the run', { startTime: String(2 ** 50) }],
    ['belongs to another start of the machine', { bootId: '5d6d6b0c-0000-0000-0000-000000000000' }],
    ['may be anyone, since it is not known when it began', { startTime: null }],
  ])('never touches a process that %s', async (_, difference) => {
    const sleep = uniqueSleep();
    const identity = await leaveBehind(`sleep ${sleep} & wait`);
    await eventually(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(1));
    expect(await sweeper.sweep({ ...identity, ...difference }, 'a token')).toEqual(NOTHING);
    expect(processesWith(`sleep\0${sleep}`)).toHaveLength(1);
    expect((await sweeper.sweep(identity, null)).leftovers).toHaveLength(2);
  });

  it('leaves alone what belongs to a server that lives, and ends it when that is gone', async () => {
    const sleep = uniqueSleep();
    const { identity, serverPid, kill } = await startServer(`setsid sleep ${sleep} & sleep ${sleep}`);
    const server = { pid: serverPid, startTime: startTimeOf(serverPid), namespace };
    await eventually(() => expect(commandsWith(sleep)).toEqual(['sleep', 'sleep']));
    expect(await sweeper.sweep({ ...identity, server }, 'a token')).toEqual(NOTHING);
    process.kill(serverPid, 'SIGSTOP');
    expect(await sweeper.sweep({ ...identity, server }, 'a token')).toEqual(NOTHING);
    expect(commandsWith(sleep)).toEqual(['sleep', 'sleep']);
    await kill();
    const elsewhere = { ...server, namespace: 'pid:[1]' }; // of a container: whether it lives cannot be told here
    expect(await sweeper.sweep({ ...identity, server: elsewhere }, 'a token')).toEqual(NOTHING);
    expect((await sweeper.sweep({ ...identity, server }, null)).leftovers).toHaveLength(3);
    expect(processesWith(sleep)).toEqual([]);
  });

  it('does not take a stranger that has the pid of the server now for the server', async () => {
    const sleep = uniqueSleep();
    const identity = await leaveBehind(`sleep ${sleep} & wait`);
    const server = { pid: process.ppid, startTime: '1', namespace };
    await eventually(() => expect(commandsWith(sleep)).toEqual(['sleep']));
    expect((await sweeper.sweep({ ...identity, server }, null)).leftovers).toHaveLength(2);
  });

  it('ends what this very server has left, as a host application does that starts Runlet again', async () => {
    const sleep = uniqueSleep();
    const server = { pid: process.pid, startTime: startTimeOf(process.pid), namespace };
    const identity = await leaveBehind(`sleep ${sleep} & wait`);
    await eventually(() => expect(commandsWith(sleep)).toEqual(['sleep']));
    expect((await sweeper.sweep({ ...identity, server }, null)).leftovers).toHaveLength(2);
  });

  it('spares what this server has started itself, even if a script of that run started this server', async () => {
    const cookie = newCookie();
    const own = spawn('sleep', ['300'], { env: { PATH: process.env.PATH, RUNLET_RUN_COOKIE: cookie } });
    const identity = { pid: 4_194_305, startTime: '1', bootId: readBootId(), cookie, cgroup: null };
    expect(await sweeper.sweep(identity, null)).toEqual(NOTHING);
    expect(readProcess(own.pid!)).not.toBeNull();
    own.kill('SIGKILL');
    expect(await once(own, 'exit')).toEqual([null, 'SIGKILL']);
  });
});

describe('the process sweeper, of what a script that ended by itself has left running', () => {
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  /** A process that nothing but its pid and start time tells from others. */
  const unmarked = (): Leftover => {
    const child = spawn('sleep', ['300'], { env: {}, detached: true });
    started.push(child);
    return { pid: child.pid!, command: 'sleep', ended: false, startTime: startTimeOf(child.pid!) };
  };
  const identity: ProcessIdentity = {
    pid: 4_194_305,
    startTime: '1',
    bootId: readBootId(),
    cookie: newCookie(),
    cgroup: null,
    server: { pid: process.pid, startTime: startTimeOf(process.pid), namespace },
  };
  const end = async (...given: Parameters<typeof sweeper.reach>) => {
    const reached = await sweeper.reach(...given);
    return typeof reached === 'string' ? reached : reached.end();
  };
  const lives = ({ pid }: Leftover): boolean => ['R', 'S'].includes(readProcess(pid)?.state ?? '');

  it('ends a process that has no marker, known by its pid and start time, with what it started', async () => {
    const sleep = uniqueSleep();
    const child = spawn('bash', ['-c', `env -i setsid sleep ${sleep} & echo up; wait`], { env: {}, detached: true });
    started.push(child);
    await once(child.stdout, 'data');
    await eventually(() => expect(commandsWith(sleep)).toEqual(['sleep']));
    const left = { pid: child.pid!, command: 'bash', ended: false, startTime: startTimeOf(child.pid!) };
    expect(await end(identity, null, [left])).toEqual([left.pid]);
    expect(commandsWith(sleep)).toEqual([]);
  });

  it('ends nothing before it is told to', async () => {
    const left = unmarked();
    const reached = await sweeper.reach(identity, null, [left]);
    expect(lives(left)).toBe(true);
    expect(typeof reached !== 'string' && (await reached.end())).toEqual([left.pid]);
    expect(lives(left)).toBe(false);
  });

  it('never touches a stranger that has the pid of what has ended since', async () => {
    const stranger = unmarked();
    const left = { ...stranger, startTime: String(Number(stranger.startTime) - 1) };
    expect(await end(identity, null, [left])).toEqual([left.pid]);
    expect(lives(stranger)).toBe(true);
  });

  it('neither touches nor gives up a process that was stored without its start time and carries no marker', async () => {
    const { startTime: _, ...left } = unmarked();
    expect(await end(identity, null, [left])).toEqual([]);
    expect(lives(left)).toBe(true);
    expect(await end(identity, null, [{ ...left, pid: 4_194_306 }])).toEqual([4_194_306]);
  });

  it('ends what carries the cookie, known by the token of the claim where the process was not recorded', async () => {
    const token = newCookie();
    const env = { PATH: process.env.PATH, RUNLET_RUN_COOKIE: cookieOf(token) };
    const child = spawn('bash', ['-c', 'setsid sleep 300 >/dev/null 2>&1 & echo $!'], { env });
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    await once(child, 'exit');
    const left = { pid: Number(printed), command: 'sleep', ended: false };
    expect(await end(null, token, [left])).toEqual([left.pid]);
  });

  it.each([
    ['after another start of the machine', { bootId: '5d6d6b0c-0000-0000-0000-000000000000' }, 'machine-restarted'],
    ['where it is not known when the run began', { startTime: null }, 'out-of-reach'],
    ['of another container', { server: { pid: 1, startTime: '1', namespace: 'pid:[1]' } }, 'out-of-reach'],
    [
      'of another server that lives',
      { server: { pid: process.ppid, startTime: startTimeOf(process.ppid), namespace } },
      'out-of-reach',
    ],
  ])('touches nothing %s', async (_, difference, answer) => {
    const left = unmarked();
    expect(await end({ ...identity, ...difference }, null, [left])).toBe(answer);
    expect(lives(left)).toBe(true);
  });

  it('touches nothing when neither process nor claim are known', async () => {
    const left = unmarked();
    expect(await end(null, null, [left])).toBe('out-of-reach');
    expect(lives(left)).toBe(true);
  });
});
