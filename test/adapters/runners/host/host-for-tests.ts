import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Home } from '../../../../src/adapters/runners/host/home.js';
import type { RunWatch } from '../../../../src/application/ports/script-runner.js';
import {
  type HostRunner,
  type HostRunnerNeeds,
  makeBashRunner,
  makeNodeRunner,
} from '../../../../src/adapters/runners/host/host-runner.js';
import { chooseContainment } from '../../../../src/adapters/runners/host/containment/choose-containment.js';
import { makeShellPool } from '../../../../src/adapters/runners/host/ready/make-shell-pool.js';
import { makeExecaStarter } from '../../../../src/adapters/runners/host/spawn/execa-starter.js';
import { PipePool } from '../../../../src/adapters/runners/host/pipes/pipe-pool.js';
import type { Containments } from '../../../../src/adapters/runners/host/containment/containment.js';
import type { WarmPool } from '../../../../src/adapters/runners/host/ready/warm-pool.js';
import type { Starter } from '../../../../src/adapters/runners/host/spawn/starter.js';
import { Spawner } from '../../../../src/adapters/runners/host/spawn/spawner/spawner.js';
import type { RunOutcome } from '../../../../src/domain/run/run-outcome.js';
import type { ProcessIdentity } from '../../../../src/domain/run/script-run.js';
import type { PlainEnvEntry } from '../../../../src/domain/script/env-entry.js';

/** Between TERM and KILL in these tests. */
export const KILL_GRACE_MS = 300;

export interface HostForTests {
  readonly bash: HostRunner;
  readonly node: HostRunner;
  /** An empty folder, the home of the scripts. */
  readonly home: string;
  /** Resolves when as many processes as can wait to become scripts. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const SPAWNER_PROGRAM = fileURLToPath(
  new URL('../../../../dist/adapters/runners/host/spawn/spawner/spawner-program.js', import.meta.url),
);

/** Starts processes as the server does on Linux. */
export const openSpawner = (containments: Containments): Spawner =>
  new Spawner(SPAWNER_PROGRAM, containments.cgroupParent);

/** Starts processes as the server does elsewhere, and with SPAWNER=off. */
export const openExecaStarter = (): Starter => makeExecaStarter(process.env.PATH ?? '');

/** A host whose scripts are started ahead of need, `size` of them, as the server does it. */
export const openWarmHost = async (
  needs: Partial<HostRunnerNeeds> = {},
  size = 4,
): Promise<HostForTests & { ready: WarmPool }> => {
  const home = makeHome();
  const containments = needs.containments ?? chooseContainment();
  const shared: HostRunnerNeeds = {
    killGraceMs: KILL_GRACE_MS,
    home: new Home(home),
    settingNames: [],
    pipes: new PipePool(),
    openFiles: null,
    starter: openSpawner(containments),
    containments,
    ...needs,
    baseEnvironment: { ...(needs.baseEnvironment ?? process.env), HOME: home },
  };
  const ready = makeShellPool(shared, size);
  if (!ready) throw new Error('no process can wait here to become a script');
  const host = openHost(shared, home, ready);
  await host.settle();
  return { ...host, ready };
};

const makeHome = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'host-test-')));

/** A host whose scripts are started by execa, each in a process of its own. */
export const openHost = (needs: Partial<HostRunnerNeeds> = {}, home = makeHome(), ready?: WarmPool): HostForTests => {
  const all: HostRunnerNeeds = {
    killGraceMs: KILL_GRACE_MS,
    settingNames: [],
    home: new Home(home),
    pipes: new PipePool(needs.user && { user: needs.user }),
    openFiles: null,
    starter: openExecaStarter(),
    containments: chooseContainment(),
    ...needs,
    baseEnvironment: { ...(needs.baseEnvironment ?? process.env), HOME: home },
  };
  const bash = makeBashRunner(all, ready);
  const node = makeNodeRunner(all);
  const close = async (): Promise<void> => {
    await bash.close();
    await node.close();
    rmSync(home, { recursive: true, force: true });
  };
  const settle = async (): Promise<void> => ready?.fill();
  return { bash, node, home, settle, close };
};

/** As `openHost`, with the starter that the server has on Linux. */
export const openSpawnerHost = (needs: Partial<HostRunnerNeeds> = {}): HostForTests => {
  const { containments = chooseContainment() } = needs;
  return openHost({ ...needs, containments, starter: openSpawner(containments) });
};

/** For `describe.each`: hosts whose scripts are started by the one starter and by the other. */
export const EACH_STARTER = [
  ['execa', openHost],
  ['the spawner', openSpawnerHost],
] as const;

export interface RunOptions {
  readonly env?: readonly PlainEnvEntry[];
  readonly workingDirectory?: string;
  readonly output?: RunWatch['output'];
  readonly runId?: string;
}

/** A run and all that it has told so far. */
export interface WatchedRun {
  readonly runId: string;
  readonly token: string;
  readonly outcome: Promise<RunOutcome>;
  readonly told: string[];
  identity(): ProcessIdentity;
  stdout(): string;
  stderr(): string;
  notes(): string;
  terminate(): void;
  kill(): void;
}

export const startRun = (runner: HostRunner, script: string, options: RunOptions = {}): WatchedRun => {
  const { runId = randomBytes(12).toString('hex') } = options;
  const token = randomBytes(12).toString('hex');
  const terminate = new AbortController();
  const kill = new AbortController();
  const told: string[] = [];
  const notes: string[] = [];
  const text = { stdout: '', stderr: '' };
  let identity: ProcessIdentity | undefined;
  const watch: RunWatch = {
    started: (process) => {
      identity = process;
      told.push('started');
    },
    output: (stream, piece, bytes) => {
      if (text[stream] === '') told.push(stream);
      text[stream] += piece;
      return options.output?.(stream, piece, bytes);
    },
    dropped: () => undefined,
    phase: (phase) => told.push(phase),
    note: (message) => notes.push(message),
    terminate: terminate.signal,
    kill: kill.signal,
  };
  const { env = [], workingDirectory = '' } = options;
  return {
    runId,
    token,
    outcome: runner.run({ runId, token, script, env, workingDirectory }, watch),
    told,
    identity: () => {
      if (!identity) throw new Error('not started yet');
      return identity;
    },
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    notes: () => notes.join('\n'),
    terminate: () => terminate.abort(),
    kill: () => kill.abort(),
  };
};

/** Runs a script to its end. */
export const runToEnd = async (
  runner: HostRunner,
  script: string,
  options: RunOptions = {},
): Promise<{ outcome: RunOutcome; stdout: string; stderr: string; notes: string; told: string[] }> => {
  const run = startRun(runner, script, options);
  const outcome = await run.outcome;
  return { outcome, stdout: run.stdout(), stderr: run.stderr(), notes: run.notes(), told: run.told };
};

export const exited = (exitCode: number): RunOutcome => ({ kind: 'exited', exitCode, signal: null, leftovers: [] });

export const endedBy = (signal: string): RunOutcome => ({ kind: 'exited', exitCode: null, signal, leftovers: [] });

/** A time to sleep that no other process sleeps, in seconds: by it `processesWith` finds who does. */
export const uniqueSleep = (): string => `300.${parseInt(randomBytes(6).toString('hex'), 16)}`;

/** The numbers of living processes that have `text` among their arguments. */
export const processesWith = (text: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && isAlive(name))
    .filter((pid) => readProc(`${pid}/cmdline`).includes(text))
    .map(Number);

const isAlive = (pid: string): boolean => {
  const stat = readProc(`${pid}/stat`);
  return !/^$|\) [ZX] [^)]*$/.test(stat);
};

export const readProc = (path: string): string => {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
};
