import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readBootId, readProcess } from '../../src/adapters/runners/process/process-table.js';
import { thisServer } from '../../src/adapters/runners/process/server-process.js';
import { type Instance, openInstance } from '../../src/composition/instance.js';
import { SettingsError } from '../../src/composition/settings.js';

const FIRST = new Date('2026-11-30T08:00:00.000Z');
const LATER = new Date('2026-11-30T09:00:00.000Z');
const ID = 'aaaaaaaaaaaaaaaaaaaaaaaa';

let parent: string;
let folder: string;
let warnings: unknown[];
const programs: ChildProcess[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'instance-'));
  folder = join(parent, 'data');
  mkdirSync(folder);
  writeFileSync(join(folder, 'server-id'), `${ID}\n`);
  warnings = [];
});
afterEach(() => {
  for (const program of programs.splice(0)) program.kill('SIGKILL');
  rmSync(parent, { recursive: true });
});

const open = (path = folder, now = FIRST): Instance =>
  openInstance(path, now, { warn: (fields) => warnings.push(fields) });
const fileIn = (path: string): string => join(path, 'instance.json');
const recorded = (path = folder): Record<string, unknown> =>
  JSON.parse(readFileSync(fileIn(path), 'utf8')) as Record<string, unknown>;
const record = (changes: object, path = folder): void =>
  writeFileSync(fileIn(path), JSON.stringify({ ...recorded(path), ...changes }));
const idIn = (path = folder): string => readFileSync(join(path, 'server-id'), 'utf8').trim();
const copyTo = (name: string, from = folder): string => {
  cpSync(from, join(parent, name), { recursive: true, preserveTimestamps: true });
  return join(parent, name);
};
/** A server that lives, as far as others can see. */
const startServer = () => {
  const program = spawn('sleep', ['600'], { stdio: 'ignore' });
  programs.push(program);
  const record = {
    pid: program.pid,
    startTime: String(readProcess(program.pid!)?.startTime),
    namespace: thisServer()?.namespace,
    bootId: readBootId(),
  };
  const kill = async (): Promise<void> => {
    program.kill('SIGKILL');
    await once(program, 'exit');
  };
  return { record, kill };
};

describe('DATA_DIR/instance.json', () => {
  it('is made, for nobody else to read, in a folder without it, as 0.1.0 left one; its server id stays', () => {
    expect(open()).toMatchObject({ serverId: ID, copy: null });
    expect(statSync(fileIn(folder)).mode & 0o777).toBe(0o600);
    expect(recorded()).toMatchObject({ serverId: ID, server: { pid: process.pid, bootId: readBootId() }, folder });
  });

  it('takes no folder for a copy that a server was started on again, that was moved, or whose server was killed', async () => {
    open();
    expect(open(folder, LATER)).toMatchObject({ serverId: ID, copy: null });
    const server = startServer();
    record({ server: server.record });
    await server.kill();
    expect(open()).toMatchObject({ serverId: ID, copy: null });
    renameSync(folder, join(parent, 'moved'));
    expect(open(join(parent, 'moved'))).toMatchObject({ serverId: ID, copy: null });
    expect(recorded(join(parent, 'moved'))).toMatchObject({ folder: join(parent, 'moved') });
  });

  it('gives a copy a server id of its own, and remembers the other at each start until it is decided on', () => {
    open();
    const copied = copyTo('copy');
    const instance = open(copied);
    expect(instance.serverId).toMatch(/^[0-9a-f]{24}$/);
    expect(instance.serverId).not.toBe(ID);
    expect(idIn(copied)).toBe(instance.serverId);
    expect(instance.copy).toMatchObject({ of: [ID], since: FIRST });
    const again = open(copied, LATER);
    expect(again).toMatchObject({ serverId: instance.serverId, copy: { of: [ID], since: FIRST } });
    again.forgetCopy();
    expect(open(copied)).toMatchObject({ serverId: instance.serverId, copy: null });
    expect(open()).toMatchObject({ serverId: ID, copy: null });
    for (const file of ['server-id', 'instance.json']) expect(statSync(join(copied, file)).mode & 0o777).toBe(0o600);
  });

  it('remembers all from whom a copy of a copy comes', () => {
    open();
    const copied = copyTo('copy');
    const { serverId } = open(copied);
    expect(open(copyTo('another', copied), LATER).copy).toMatchObject({ of: [ID, serverId], since: FIRST });
  });

  it.each([
    ['of a server that lives', false, async () => undefined],
    ['of a server that was killed since', true, (kill: () => Promise<void>) => kill()],
  ])('tells of a copy %s whether the server is gone', async (_, isGone, then) => {
    open();
    const server = startServer();
    record({ server: server.record });
    const copied = copyTo('copy');
    await then(server.kill);
    expect(open(copied).copy?.originalIsGone).toBe(isGone);
    expect(open(copied).copy?.originalIsGone).toBe(isGone);
  });

  it.each([
    ['of another pid namespace', { namespace: 'pid:[1]' }, false],
    ['of an earlier start of the machine', { bootId: 'another' }, true],
    ['whose pid is another process’ now', { startTime: '1' }, true],
  ])('knows of a server %s what can be known', (_, change, isGone) => {
    open();
    const server = startServer();
    record({ server: { ...server.record, ...change } });
    expect(open(copyTo('copy')).copy?.originalIsGone).toBe(isGone);
  });

  it('does not call the original gone whose server was stopped, and started again, since the copy was made', async () => {
    const first = open();
    first.release();
    expect(recorded()).toMatchObject({ server: null });
    const copied = copyTo('copy');
    expect(open(copyTo('stopped')).copy?.originalIsGone).toBe(true);
    const server = startServer();
    record({ server: server.record });
    expect(open(copied).copy?.originalIsGone).toBe(false);
    await server.kill();
    expect(open(copied).copy?.originalIsGone).toBe(true);
  });

  it('knows a snapshot that keeps inodes by the server that lives on the original', () => {
    open();
    record({ server: startServer().record });
    expect(open()).toMatchObject({ copy: { of: [ID], originalIsGone: false } });
    expect(idIn()).not.toBe(ID);
  });

  it('does without times of birth where the file system has none', () => {
    open();
    record({ bornAt: '0' });
    expect(open()).toMatchObject({ serverId: ID, copy: null });
    record({ bornAt: '1' });
    expect(open()).toMatchObject({ copy: { of: [ID] } });
  });

  it('knows by the id in it that the file server-id was lost or put there by somebody', () => {
    open();
    rmSync(join(folder, 'server-id'));
    writeFileSync(join(folder, 'server-id'), 'bbbbbbbbbbbbbbbbbbbbbbbb\n');
    const { copy, serverId } = open();
    expect(copy?.of).toEqual([ID, 'bbbbbbbbbbbbbbbbbbbbbbbb']);
    expect(copy?.of).not.toContain(serverId);
  });

  it('loses no id when the start on a copy is broken off at any point', () => {
    open();
    const before = copyTo('before');
    const { serverId, copy } = open(before);
    // Recorded, and the id not yet replaced.
    const recordedOnly = copyTo('recorded-only');
    record({ copy: { of: [ID], since: copy?.since, originals: [] } }, recordedOnly);
    expect(open(recordedOnly, LATER).copy).toMatchObject({ of: [ID], since: FIRST });
    // The id replaced, and not recorded.
    const replaced = copyTo('replaced', before);
    record({ serverId: ID, inode: '1' }, replaced);
    const after = open(replaced, LATER);
    expect(after.copy).toMatchObject({ of: [ID, serverId], since: FIRST });
    expect(after.serverId).not.toBe(serverId);
  });

  it.each([
    ['garbage', 'no JSON {'],
    ['nothing', ''],
    ['cut off', '{"serverId":"aaaaaaaaaaaaaaaaaaaaaaaa","ino'],
    ['of another program', '{"name":"something","version":1}'],
    ['an array', '[]'],
  ])('stops the start in one line when it is %s, and nothing is changed', (_, content) => {
    writeFileSync(fileIn(folder), content);
    const complaint = complaintOf(() => open());
    expect(complaint).toMatch(/^DATA_DIR: .*instance\.json is not as Runlet writes it.*delete it/);
    expect(complaint).not.toContain('\n');
    expect([readFileSync(fileIn(folder), 'utf8'), idIn()]).toEqual([content, ID]);
  });

  it('stops the start in one line when it cannot be read', () => {
    mkdirSync(fileIn(folder));
    expect(complaintOf(() => open())).toMatch(/^DATA_DIR: EISDIR/);
  });

  it('is no reason not to start where it cannot be written, but for a copy', () => {
    open();
    const copied = copyTo('copy');
    mkdirSync(join(folder, 'instance.json.next'));
    expect(open(folder, LATER)).toMatchObject({ serverId: ID, copy: null });
    expect(warnings).toHaveLength(1);
    mkdirSync(join(copied, 'instance.json.next'));
    expect(() => open(copied)).toThrow('EISDIR');
    expect(idIn(copied)).toBe(ID);
  });
});

const complaintOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
};
