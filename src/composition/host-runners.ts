import { chooseContainment } from '../adapters/runners/host/containment/choose-containment.js';
import { makeProcessSweeper } from '../adapters/runners/host/containment/process-sweeper.js';
import { withAccount } from '../adapters/runners/host/environment.js';
import { Home } from '../adapters/runners/host/home.js';
import { makeBashRunner, makeNodeRunner } from '../adapters/runners/host/host-runner.js';
import { PipePool } from '../adapters/runners/host/pipes/pipe-pool.js';
import { makeShellPool } from '../adapters/runners/host/ready/make-shell-pool.js';
import type { RunUser } from '../adapters/runners/host/run-user.js';
import type { Starter } from '../adapters/runners/host/spawn/starter.js';
import { openFilesOfScripts } from '../adapters/runners/process/open-files.js';
import { SETTING_NAMES, type Settings } from './settings.js';

const PRE_STARTED_SHELLS = 4;

/**
 * The runners of host scripts and what they share.
 * @param spawnerProgram path of the compiled `spawner-program.js`
 * @param user whom the scripts run as; undefined: the server's own user
 */
export const makeHostRunners = async (
  { KILL_GRACE_MS: killGraceMs, MAX_CONCURRENT_RUNS, SPAWNER }: Settings,
  serverEnvironment: NodeJS.ProcessEnv,
  spawnerProgram: string,
  user: RunUser | undefined,
) => {
  const containments = chooseContainment();
  const isPortable = SPAWNER === 'off' || containments.kind === 'process-group';
  const openFiles = openFilesOfScripts();
  const baseEnvironment = user ? serverEnvironment : withAccount(serverEnvironment);
  const needs = {
    ...{ killGraceMs, baseEnvironment, containments, openFiles, user },
    settingNames: SETTING_NAMES,
    home: new Home(user?.home ?? baseEnvironment.HOME ?? ''),
    pipes: new PipePool({ user }),
    starter: isPortable
      ? await loadExecaStarter(baseEnvironment.PATH ?? '')
      : await loadSpawner(spawnerProgram, containments.cgroupParent, openFiles),
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

const loadSpawner = async (
  program: string,
  cgroupParent: string | null,
  openFiles: number | null,
): Promise<Starter> => {
  const { Spawner } = await import('../adapters/runners/host/spawn/spawner/spawner.js');
  return new Spawner(program, cgroupParent, openFiles);
};
