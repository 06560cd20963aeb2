import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Isolation as SandboxIsolation } from '../adapters/runners/vm2/isolation/isolation.js';
import { PageRunner } from '../adapters/runners/page/page-runner.js';
import type { Clock } from '../application/ports/clock.js';
import type { PageReports } from '../application/ports/page-reports.js';
import type { ProcessSweeper } from '../application/ports/process-sweeper.js';
import type { ScriptRunner } from '../application/ports/script-runner.js';
import type { RunUser } from '../adapters/runners/host/run-user.js';
import type { Starter } from '../adapters/runners/host/spawn/starter.js';
import type { Script } from '../domain/script/script.js';
import { once } from './once.js';
import { SETTING_NAMES, type Settings } from './settings.js';

/** Compiled beside this module: the programs of the processes that Runlet starts for itself. */
const SANDBOX_CHILD = fileURLToPath(new URL('../adapters/runners/vm2/child/sandbox-child.js', import.meta.url));
const SPAWNER_PROGRAM = fileURLToPath(new URL('../adapters/runners/host/spawn/spawner-program.js', import.meta.url));
const PRE_STARTED_SHELLS = 4;
const WARM_SANDBOXES = 2;
const SANDBOX_HEAP_MB = 128;
const SANDBOX_MEMORY_MB = 384;

/** By name, whether it is there. */
export interface Isolation {
  readonly runAs: string | null;
  readonly cgroup: boolean;
  readonly vm2: SandboxIsolation;
}

export interface Runners {
  runnerFor(script: Pick<Script, 'type' | 'runner'>): ScriptRunner;
  readonly sweeper: ProcessSweeper;
  /** Of the browser scripts. */
  readonly pages: PageReports;
  /** The page that they run in. */
  browserFrame(): Promise<{ html: string; contentSecurityPolicy: string }>;
  /** Makes ready, ahead of need, what the first runs would otherwise wait for. */
  warm(): Promise<void>;
  /** What this machine offers to hold scripts with. */
  isolation(): Promise<Isolation>;
  close(): Promise<void>;
}

/**
 * The runners and what they are made of, loaded when they are first needed: a server that starts does not wait for them.
 * @param findUser whom host scripts run as; undefined: the server's own user
 */
export const makeRunners = (
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  clock: Clock,
  findUser: () => Promise<RunUser | undefined>,
): Runners => {
  const pages = new PageRunner(clock);
  const host = once(async () => loadHost(settings, environment, await findUser()));
  const vm2 = once(async () => loadVm2(await findUser(), environment.PATH ?? ''));
  const runners: Readonly<Record<`${'bash' | 'node'}/${'host' | 'vm2'}`, ScriptRunner>> = {
    'bash/host': late(async () => (await host()).bash),
    'node/host': late(async () => (await host()).node),
    'node/vm2': late(vm2),
    'bash/vm2': neverRuns,
  };
  return {
    runnerFor: ({ type, runner }) =>
      type === 'browser' || runner === 'browser' ? pages : runners[`${type}/${runner}`],
    pages,
    browserFrame: once(loadBrowserFrame),
    sweeper: {
      sweep: async (...run) => (await host()).sweeper.sweep(...run),
      reach: async (...run) => (await host()).sweeper.reach(...run),
    },
    warm: async () => {
      const loaded = await host();
      await Promise.all([loaded.bash.warm(), loaded.node.warm()]);
      (await vm2()).warm();
    },
    isolation: async () => ({
      runAs: (await findUser())?.name ?? null,
      cgroup: (await host()).cgroup,
      vm2: { ...(await (await vm2()).isolation()) },
    }),
    close: async () => {
      await pages.close();
      if (host.isLoaded()) await (await host()).close();
      if (vm2.isLoaded()) await (await vm2()).close();
    },
  };
};

const loadHost = async (
  { KILL_GRACE_MS: killGraceMs, MAX_CONCURRENT_RUNS, SPAWNER }: Settings,
  baseEnvironment: NodeJS.ProcessEnv,
  user: RunUser | undefined,
) => {
  const [
    { makeBashRunner, makeNodeRunner },
    { PipePool },
    { chooseContainment },
    { makeProcessSweeper },
    { makeShellPool },
    { openFilesOfScripts },
  ] = await Promise.all([
    import('../adapters/runners/host/host-runner.js'),
    import('../adapters/runners/host/pipes/pipe-pool.js'),
    import('../adapters/runners/host/containment/choose-containment.js'),
    import('../adapters/runners/host/containment/process-sweeper.js'),
    import('../adapters/runners/host/ready/make-shell-pool.js'),
    import('../adapters/runners/process/open-files.js'),
  ]);
  const containments = chooseContainment();
  const isPortable = SPAWNER === 'off' || containments.kind === 'process-group';
  const needs = {
    ...{ killGraceMs, baseEnvironment, containments, user },
    settingNames: SETTING_NAMES,
    home: user ? () => user.home : homedir,
    pipes: new PipePool({ user }),
    openFiles: openFilesOfScripts(),
    starter: isPortable
      ? await loadExecaStarter(baseEnvironment.PATH ?? '')
      : await loadSpawner(containments.cgroupParent),
  };
  const ready = isPortable ? undefined : makeShellPool(needs, Math.min(MAX_CONCURRENT_RUNS, PRE_STARTED_SHELLS));
  const bash = makeBashRunner(needs, ready);
  const node = makeNodeRunner(needs);
  return {
    bash,
    node,
    close: async () => {
      await bash.close(); // first: its pre-started shells are ended by the spawner that both share
      await node.close();
    },
    sweeper: makeProcessSweeper(containments, killGraceMs),
    cgroup: containments.kind === 'cgroup',
  };
};

const loadExecaStarter = async (path: string): Promise<Starter> => {
  const { makeExecaStarter } = await import('../adapters/runners/host/spawn/execa-starter.js');
  return makeExecaStarter(path);
};

const loadSpawner = async (cgroupParent: string | null): Promise<Starter> => {
  const { Spawner } = await import('../adapters/runners/host/spawn/spawner.js');
  return new Spawner(SPAWNER_PROGRAM, cgroupParent);
};

const loadVm2 = async (user: RunUser | undefined, path: string) => {
  const [{ makeVm2Runner }, { probeIsolation }, { sandboxUser }, { findProgram }] = await Promise.all([
    import('../adapters/runners/vm2/vm2-runner.js'),
    import('../adapters/runners/vm2/isolation/probe-isolation.js'),
    import('../adapters/runners/vm2/isolation/sandbox-user.js'),
    import('../adapters/runners/process/find-program.js'),
  ]);
  return makeVm2Runner({
    childFile: SANDBOX_CHILD,
    heapMb: SANDBOX_HEAP_MB,
    memoryMb: SANDBOX_MEMORY_MB,
    user: sandboxUser(user?.uid),
    bash: findProgram('bash', path),
    poolSize: WARM_SANDBOXES,
    findSetup: probeIsolation,
  });
};

const loadBrowserFrame = async () => {
  const [{ browserFrame }, { makeInspect }] = await Promise.all([
    import('../adapters/runners/page/browser-frame.js'),
    import('../adapters/runners/vm2/child/sandbox-inspect.js'),
  ]);
  return browserFrame(makeInspect);
};

const late = (load: () => Promise<ScriptRunner>): ScriptRunner => ({
  run: async (job, watch) => (await load()).run(job, watch),
  close: () => Promise.resolve(), // closed by `Runners`
});

/** Such scripts are refused before they are queued. */
const neverRuns: ScriptRunner = {
  run: async () => ({
    kind: 'not-started',
    reason: 'spawn-failed',
    message: 'no runner on this server fits this script',
  }),
  close: () => Promise.resolve(),
};
