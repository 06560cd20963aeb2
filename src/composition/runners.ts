import { fileURLToPath } from 'node:url';
import type { Isolation as SandboxIsolation } from '../adapters/runners/vm2/isolation/isolation.js';
import { PageRunner } from '../adapters/runners/page/page-runner.js';
import type { Clock } from '../application/ports/clock.js';
import type { PageReports } from '../application/ports/page-reports.js';
import type { ProcessSweeper } from '../application/ports/process-sweeper.js';
import type { ScriptRunner } from '../application/ports/script-runner.js';
import type { RunUser } from '../adapters/runners/host/run-user.js';
import type { Script } from '../domain/script/script.js';
import { once } from './once.js';
import type { Settings } from './settings.js';

/** Compiled beside this module: the programs of the processes that Runlet starts for itself. */
const SANDBOX_CHILD = fileURLToPath(new URL('../adapters/runners/vm2/child/sandbox-child.js', import.meta.url));
const SPAWNER_PROGRAM = fileURLToPath(
  new URL('../adapters/runners/host/spawn/spawner/spawner-program.js', import.meta.url),
);

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
  const host = once(async () => {
    const { makeHostRunners } = await import('./host-runners.js');
    return makeHostRunners(settings, environment, SPAWNER_PROGRAM, await findUser());
  });
  const vm2 = once(async () => {
    const { makeSandboxRunner } = await import('./sandbox-runner.js');
    return makeSandboxRunner(SANDBOX_CHILD, await findUser(), environment.PATH ?? '');
  });
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

const loadBrowserFrame = async () => {
  const { browserFrame } = await import('../adapters/runners/page/browser-frame.js');
  const { makeInspect } = await import('../adapters/runners/vm2/child/sandbox-inspect.js');
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
