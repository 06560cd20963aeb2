import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { probeIsolation } from '../../../../../src/adapters/runners/vm2/isolation/probe-isolation.js';
import { NO_ISOLATION, type SandboxSetup } from '../../../../../src/adapters/runners/vm2/isolation/isolation.js';
import { eventually } from '../../../../support/eventually.js';
import {
  CHILD_FILE,
  exited,
  isAlive,
  KILLED,
  openVm2,
  PLAIN_SETUP,
  PROGRAM,
  runToEnd,
  startRun,
} from '../vm2-for-tests.js';

const ISOLATED_CHILD = fileURLToPath(new URL('../../../../fixtures/vm2/isolated-child.mjs', import.meta.url));
const SERVER_WITH_A_RUN = fileURLToPath(new URL('../../../../fixtures/vm2/server-with-a-run.mjs', import.meta.url));
const groupsSessions = existsSync('/proc/self/autogroup');
const isRoot = process.getuid?.() === 0;

interface Sight {
  readonly reads: boolean;
  readonly writes: boolean;
  readonly spawns: boolean;
  readonly connects: boolean;
  readonly user: number;
  readonly environment: string[];
  /** As /proc tells of it. */
  readonly noNewPrivileges: boolean;
  readonly ownNetwork: boolean;
  readonly priority: number;
  /** Null where sessions are not groups of the scheduler. */
  readonly priorityOfSession: string | null;
  readonly dataLimit: string;
  readonly coreLimit: string;
}

describe('the isolation around a sandbox', () => {
  let folder: string;
  let server: Server;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vm2-test-'));
    server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a program sees that has got out of vm2. */
  const lookAround = async (setup: SandboxSetup): Promise<Sight> => {
    const runner = openVm2({ childFile: ISOLATED_CHILD, findSetup: () => Promise.resolve(setup) });
    const target = { port: (server.address() as AddressInfo).port, file: join(folder, 'written') };
    const { outcome, identity, printed, kill } = startRun(runner, JSON.stringify(target));
    await eventually(() => expect(printed.stdout).toMatch(/\n$/));
    const proc = (name: string): string => readFileSync(`/proc/${identity().pid}/${name}`, 'latin1');
    const limit = (name: string): string => new RegExp(`^${name} +(\\S+)`, 'm').exec(proc('limits'))![1]!;
    const sight: Sight = {
      ...(JSON.parse(printed.stdout) as Sight),
      noNewPrivileges: proc('status').includes('NoNewPrivs:\t1'),
      ownNetwork: readlinkSync(`/proc/${identity().pid}/ns/net`) !== readlinkSync('/proc/self/ns/net'),
      priority: getPriority(identity().pid),
      priorityOfSession: groupsSessions ? /nice (\S+)/.exec(proc('autogroup'))![1]! : null,
      dataLimit: limit('Max data size'),
      coreLimit: limit('Max core file size'),
    };
    kill();
    expect(await outcome).toEqual(KILLED);
    return sight;
  };

  it('are those that hold on this machine, and hold', async () => {
    const setup = await probeIsolation(PROGRAM);
    const { isolation, dataMb } = setup;
    const sight = await lookAround(setup);
    expect(sight).toEqual({
      reads: !isolation.permission,
      writes: !isolation.permission && !isolation.prlimit && !isolation.nobody,
      spawns: !isolation.permission,
      connects: !isolation.unshare,
      user: isolation.nobody ? 65534 : process.getuid?.(),
      environment: [],
      noNewPrivileges: isolation.setpriv,
      ownNetwork: isolation.unshare,
      priority: getPriority() + (isolation.nice ? 10 : 0),
      priorityOfSession: groupsSessions ? '10' : null,
      dataLimit: isolation.prlimit ? String(dataMb * 1024 * 1024) : expect.any(String),
      coreLimit: isolation.prlimit ? '0' : expect.any(String),
    });
    expect(isolation.permission).toBe(true); // Node 20 and later always offer it
  });

  it('are not what keeps the environment empty', async () => {
    const sight = await lookAround(PLAIN_SETUP);
    expect(sight).toMatchObject({ reads: true, writes: true, spawns: true, connects: true, environment: [] });
  });

  it('do not change what a script can do', async () => {
    const runner = openVm2({ findSetup: probeIsolation, poolSize: 1 });
    runner.warm();
    const script = 'console.log("out"); console.warn("err"); return { a: await 1 }';
    const { outcome, stdout, stderr } = await runToEnd(runner, script);
    expect({ outcome, stdout, stderr }).toEqual({
      outcome: exited(0, { result: { a: 1 } }),
      stdout: 'out\n',
      stderr: 'err\n',
    });
    await runner.close();
  });

  it('are found where packages are links', async () => {
    const installed = join(folder, 'installed');
    const vm2 = join(installed, 'store/vm2');
    mkdirSync(join(installed, 'app/node_modules'), { recursive: true });
    mkdirSync(join(installed, 'store/node_modules'), { recursive: true });
    cpSync(dirname(CHILD_FILE), join(installed, 'app/dist'), { recursive: true });
    cpSync(packageFolder('vm2'), vm2, { recursive: true });
    symlinkSync('../../store/vm2', join(installed, 'app/node_modules/vm2'));
    for (const name of ['acorn', 'acorn-walk'])
      symlinkSync(packageFolder(name), join(installed, 'store/node_modules', name));
    cpSync(fileURLToPath(new URL('../../../../../package.json', import.meta.url)), join(installed, 'app/package.json'));
    const program = { ...PROGRAM, childFile: join(installed, 'app/dist/sandbox-child.js') };
    expect((await probeIsolation(program)).isolation.permission).toBe(true);
  });

  it.each(isRoot ? [['a folder that nobody may enter', { nobody: false, permission: true }]] : [])(
    'are given up one by one where the program does not start behind them: %s',
    async (_, expected) => {
      const closed = join(folder, 'closed');
      mkdirSync(join(closed, 'node_modules'), { recursive: true, mode: 0o700 });
      cpSync(dirname(CHILD_FILE), join(closed, 'dist'), { recursive: true });
      cpSync(fileURLToPath(new URL('../../../../../package.json', import.meta.url)), join(closed, 'package.json'));
      for (const name of ['vm2', 'acorn', 'acorn-walk'])
        cpSync(packageFolder(name), join(closed, 'node_modules', name), { recursive: true });
      const { isolation } = await probeIsolation({ ...PROGRAM, childFile: join(closed, 'dist/sandbox-child.js') });
      expect(isolation).toMatchObject(expected);
    },
  );

  it('are none where the program does not start at all', async () => {
    expect(await probeIsolation({ ...PROGRAM, childFile: join(folder, 'missing.js') })).toMatchObject({
      isolation: NO_ISOLATION,
    });
  });

  it('are not looked for any longer when the runner is closed', async () => {
    const closing = new AbortController();
    const found = probeIsolation(PROGRAM, closing.signal);
    closing.abort();
    expect(await found).toMatchObject({ isolation: NO_ISOLATION });
  });

  it('let no sandbox outlive a server that is killed', async () => {
    const setup = await probeIsolation(PROGRAM);
    const server = spawn(process.execPath, [SERVER_WITH_A_RUN, JSON.stringify(PROGRAM), JSON.stringify(setup)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = Number(await new Promise((resolve) => server.stdout.once('data', resolve)));
    expect(isAlive(pid)).toBe(true);
    server.kill('SIGKILL');
    try {
      await eventually(() => expect(isAlive(pid)).toBe(!setup.isolation.setpriv));
    } finally {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    }
  });
});

const packageFolder = (name: string): string =>
  fileURLToPath(new URL(`../../../../../node_modules/${name}`, import.meta.url));
