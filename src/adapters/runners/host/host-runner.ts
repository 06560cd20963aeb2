import type { RunJob, RunWatch, ScriptRunner } from '../../../application/ports/script-runner.js';
import type { RunOutcome } from '../../../domain/run/run-outcome.js';
import { type RunCgroup, findOwnCgroup, removeAbandonedCgroups } from './containment/cgroup.js';
import { type CommandLine, bashCommandLine, nodeCommandLine } from './command-line.js';
import { type Environment, environmentForScripts, loginEnvironment } from './environment.js';
import { type Launcher, type RunningScript, launch, launchPreStarted } from './launch.js';
import { type PipePool, releasePair } from './pipes/pipe-pool.js';
import type { WarmPool } from './ready/warm-pool.js';
import { readBootId } from '../process/process-table.js';
import type { RunUser } from './run-user.js';
import type { Spawner } from './spawn/spawner.js';
import { StartError, startProcess } from './spawn/start-process.js';
import { superviseRun } from './supervise-run.js';
import { whyNotIn } from './spawn/working-directory.js';

export interface HostRunnerNeeds {
  /** ms between TERM and KILL. */
  readonly killGraceMs: number;
  /**
   * The server's environment; scripts get it without the variables of `settingNames` and others that are not theirs, those of another
   * `user` only what a login would leave of it.
   */
  readonly baseEnvironment: Readonly<Record<string, string | undefined>>;
  readonly settingNames: readonly string[];
  /** Where a script runs that names no working directory. */
  readonly home: () => string;
  /** May be shared by runners of the same `user`; closed with them. */
  readonly pipes: PipePool;
  /** Starts scripts from a smaller process than this; shared like `pipes`. Without it, or without /proc, this process starts them. */
  readonly spawner?: Spawner;
  /** Whom scripts run as; the server's own user when left out. */
  readonly user?: RunUser | undefined;
  /** The cgroup v2 folder below which each run gets its own, null for none; when left out the server's own, if it can be used. */
  readonly cgroupParent?: string | null;
}

export interface HostRunner extends ScriptRunner {
  /** Makes ready what the first run would otherwise wait for, and tidies up after servers that were killed. */
  warm(): Promise<void>;
}

/** @param ready login shells that wait to become scripts; closed with the runner */
export const makeBashRunner = (needs: HostRunnerNeeds, ready?: WarmPool): HostRunner =>
  makeHostRunner(needs, bashCommandLine, ready);

export const makeNodeRunner = (needs: HostRunnerNeeds): HostRunner => makeHostRunner(needs, nodeCommandLine);

const makeHostRunner = (
  {
    killGraceMs,
    baseEnvironment,
    settingNames,
    home,
    pipes,
    spawner,
    user,
    cgroupParent = findOwnCgroup(),
  }: HostRunnerNeeds,
  commandLineIn: (environment: Environment) => CommandLine,
  ready?: WarmPool,
): HostRunner => {
  const environment = user ? loginEnvironment(baseEnvironment) : environmentForScripts(baseEnvironment, settingNames);
  const bootId = readBootId();
  const through = bootId === null ? undefined : spawner;
  const launcher: Launcher = {
    start: through ? (start) => through.start(start) : startProcess,
    commandLine: commandLineIn(environment),
    environment,
    user,
    pipes,
    ready,
    bootId,
    cgroupParent,
  };

  const dissolving = new Set<Promise<void>>();
  const dissolve = (cgroup: RunCgroup | null): void => {
    if (!cgroup) return;
    const done = cgroup.dissolve();
    dissolving.add(done);
    void done.then(() => dissolving.delete(done));
  };

  const run = async (job: RunJob, watch: RunWatch): Promise<RunOutcome> => {
    const directory = job.workingDirectory === '' ? home() : job.workingDirectory;
    const obstacle = user ? null : whyNotIn(directory); // for another user, whoever starts it looks
    if (obstacle !== null) return notStarted(obstacle, 'cwd-missing');
    let script: RunningScript;
    try {
      const ready = launchPreStarted(launcher, job, directory);
      if (ready) script = ready;
      else {
        const pair = pipes.takePair() ?? (await pipes.waitForPair());
        if (watch.terminate.aborted || watch.kill.aborted) {
          releasePair(pair);
          return notStarted('it was told to end before it was started');
        }
        script = await launch(launcher, job, directory, pair);
      }
    } catch (error) {
      if (error instanceof StartError) return notStarted(error.message, error.reason);
      return notStarted(`the script could not be prepared: ${(error as Error).message}`);
    }
    watch.started(script.identity);
    return superviseRun(script, watch, killGraceMs).finally(() => dissolve(script.cgroup));
  };

  return {
    run,
    warm: async () => {
      through?.warm();
      const tidied = cgroupParent === null ? undefined : removeAbandonedCgroups(cgroupParent);
      await Promise.all([pipes.fill(), tidied]);
      await ready?.fill();
    },
    close: async () => {
      await ready?.close();
      await Promise.all([...dissolving, pipes.close()]);
      await through?.close();
    },
  };
};

const notStarted = (message: string, reason: StartError['reason'] = 'spawn-failed'): RunOutcome => ({
  kind: 'not-started',
  reason,
  message,
});
