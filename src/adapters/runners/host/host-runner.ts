import type { RunJob, RunWatch, ScriptRunner } from '../../../application/ports/script-runner.js';
import type { RunOutcome } from '../../../domain/run/run-outcome.js';
import { findProgram } from '../process/find-program.js';
import { readBootId } from '../process/process-table.js';
import type { OutputReader } from '../process/output/output-reader.js';
import { anyAborted } from '../process/waiting.js';
import { type CommandLine, bashCommandLine, nodeCommandLine } from './command-line.js';
import type { Containment, Containments } from './containment/containment.js';
import { type Environment, type Variables, environmentForScripts, loginEnvironment } from './environment.js';
import { endLost } from './end-lost.js';
import type { Home } from './home.js';
import { type Launcher, type RunningScript, launch } from './launch.js';
import { type PipePool, releasePair } from './pipes/pipe-pool.js';
import type { WarmPool } from './ready/warm-pool.js';
import { runInShell } from './run-in-shell.js';
import type { RunUser } from './run-user.js';
import { LostStart, StartError, type Starter, TOLD_TO_END } from './spawn/starter.js';
import { superviseRun } from './supervise-run.js';

export interface HostRunnerNeeds {
  /** ms between TERM and KILL. */
  readonly killGraceMs: number;
  /**
   * The server's environment; scripts get it without the variables of `settingNames` and others that are not theirs, those of another
   * `user` only what a login would leave of it.
   */
  readonly baseEnvironment: Variables;
  readonly settingNames: readonly string[];
  /** Where a script runs that names no working directory; shared like `pipes`. */
  readonly home: Home;
  /** May be shared by runners of the same `user`; closed with them. */
  readonly pipes: PipePool;
  /** Starts scripts; shared like `pipes`. */
  readonly starter: Starter;
  /** Holds together what a script has started; shared like `pipes`. */
  readonly containments: Containments;
  /** Soft limit of open files that scripts get; null: the one that is inherited. */
  readonly openFiles: number | null;
  /** Whom scripts run as; the server's own user when left out. */
  readonly user?: RunUser | undefined;
}

export interface HostRunner extends ScriptRunner {
  /** Makes ready what the first run would otherwise wait for, and tidies up after servers that were killed. */
  warm(): Promise<void>;
}

/** @param ready pre-started shells; closed with the runner */
export const makeBashRunner = (needs: HostRunnerNeeds, ready?: WarmPool): HostRunner =>
  makeHostRunner(needs, bashCommandLine, ready);

export const makeNodeRunner = (needs: HostRunnerNeeds): HostRunner => makeHostRunner(needs, nodeCommandLine);

const makeHostRunner = (
  needs: HostRunnerNeeds,
  commandLineIn: (environment: Environment) => CommandLine,
  ready?: WarmPool,
): HostRunner => {
  const { killGraceMs, home, pipes, starter, containments } = needs;
  const launcher = makeLauncher(needs, commandLineIn);

  const dissolving = new Set<Promise<void>>();
  const dissolve = (containment: Containment): Promise<void> => {
    const done = containment.dissolve();
    dissolving.add(done);
    void done.then(() => dissolving.delete(done));
    return done;
  };

  const drained = new Set<OutputReader>();
  const keepDrained = (output: OutputReader): void => {
    drained.add(output);
    void output.ended.then(() => drained.delete(output));
  };

  const start = async (job: RunJob, directory: string, watch: RunWatch): Promise<RunningScript> => {
    const inShell = ready && (await runInShell(ready, launcher.bootId, job, directory, watch));
    if (inShell) return inShell;
    const pair = pipes.takePair() ?? (await pipes.waitForPair());
    if (watch.terminate.aborted || watch.kill.aborted) {
      releasePair(pair);
      throw new StartError(TOLD_TO_END);
    }
    const pending = launch(launcher, job, directory, pair);
    ready?.notice(pending);
    void anyAborted(watch.terminate, watch.kill).then(() => pending.withdraw());
    const script = await pending.running;
    watch.started(script.identity);
    return script;
  };

  const runIn = async (directory: string, job: RunJob, watch: RunWatch): Promise<RunOutcome> => {
    let script: RunningScript;
    try {
      script = await start(job, directory, watch);
    } catch (error) {
      if (error instanceof LostStart) await endLost(containments, job, killGraceMs);
      return notStarted(error as Error);
    }
    let dissolved: Promise<void> | undefined;
    const ended = superviseRun(script, watch, { killGraceMs, drained: keepDrained });
    const outcome = await ended.finally(() => (dissolved = dissolve(script.containment)));
    if (outcome.kind === 'not-started') await dissolved; // a second try has a cgroup of the same name
    return outcome;
  };

  const run = async (job: RunJob, watch: RunWatch): Promise<RunOutcome> => {
    if (job.workingDirectory !== '') return runIn(job.workingDirectory, job, watch);
    let why = home.whyMissing;
    if (why === null) {
      const outcome = await runIn(home.directory, job, watch);
      if (outcome.kind !== 'not-started' || outcome.reason !== 'cwd-missing') return outcome;
      why = home.foundMissing(outcome.message);
    }
    watch.note(`${why}; the script runs in /`);
    return runIn('/', job, watch);
  };

  return {
    run: (job, watch) => {
      const ended = run(job, watch);
      ready?.accompany(ended);
      return ended;
    },
    warm: async () => {
      starter.warm();
      await Promise.all([pipes.fill(), containments.tidy()]);
      await ready?.fill();
    },
    close: async () => {
      for (const output of drained) output.giveUp();
      await ready?.close();
      await Promise.all([...dissolving, pipes.close()]);
      await starter.close();
    },
  };
};

const makeLauncher = (
  { baseEnvironment, settingNames, user, starter, containments, pipes, openFiles }: HostRunnerNeeds,
  commandLineIn: (environment: Environment) => CommandLine,
): Launcher => {
  const environment = user ? loginEnvironment(baseEnvironment) : environmentForScripts(baseEnvironment, settingNames);
  return {
    commandLine: commandLineIn(environment),
    bash: findProgram('bash', environment.PATH ?? '') ?? 'bash',
    bootId: readBootId(),
    ...{ environment, user, starter, containments, pipes, openFiles },
  };
};

const notStarted = (error: Error): RunOutcome => ({
  kind: 'not-started',
  reason: error instanceof StartError ? error.reason : 'spawn-failed',
  message: error instanceof StartError ? error.message : `the script could not be prepared: ${error.message}`,
});
