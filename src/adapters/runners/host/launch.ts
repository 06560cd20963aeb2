import { closeSync } from 'node:fs';
import type { RunJob } from '../../../application/ports/script-runner.js';
import type { ProcessIdentity } from '../../../domain/run/script-run.js';
import { openBody } from './pipes/body-file.js';
import { RunCgroup } from './containment/cgroup.js';
import type { CommandLine } from './command-line.js';
import { type Environment, environmentOfRun } from './environment.js';
import { cgroupNameOf, cookieOf, rlimitTagOf } from './containment/run-markers.js';
import { thisServer } from '../process/server-process.js';
import type { PipePair, PipePool } from './pipes/pipe-pool.js';
import type { WarmPool } from './ready/warm-pool.js';
import type { RunUser } from './run-user.js';
import { startAsUser } from './spawn/start-as-user.js';
import type { ProcessStart, StartedProcess } from './spawn/start-process.js';

/** A script that ends within this time, as most do, begins and ends in the spawn cgroup. */
const BRIEF_MS = 50;

/** What the runs of one runner have in common. */
export interface Launcher {
  readonly start: (start: ProcessStart) => Promise<StartedProcess>;
  readonly commandLine: CommandLine;
  readonly environment: Environment;
  readonly user: RunUser | undefined;
  readonly pipes: PipePool;
  readonly ready: WarmPool | undefined;
  readonly bootId: string | null;
  /** The cgroup below which each run gets its own; null without. */
  readonly cgroupParent: string | null;
}

/** A script that runs. Whoever gets it reads the pipes, closes their reading ends and dissolves the cgroup. */
export interface RunningScript {
  readonly process: StartedProcess;
  readonly identity: ProcessIdentity;
  readonly pipes: PipePair;
  readonly cgroup: RunCgroup | null;
  /** The process is older than its run, and entered its cgroup, if there is one, before it became the script. */
  readonly wasPreStarted: boolean;
}

/**
 * Runs the script in a pre-started shell. Null when none fits: the script then gets a process of its own. A script with variables always
 * does, since its profile has to see them.
 */
export const launchPreStarted = (launcher: Launcher, job: RunJob, directory: string): RunningScript | null => {
  const { commandLine, ready, bootId } = launcher;
  if (job.env.length > 0) return null;
  const taken = ready?.take({ runId: job.runId, directory, body: commandLine.body(job.script) });
  if (!taken) return null;
  const { process, cookie, pipes, cgroup } = taken;
  return { process, identity: identify(process, bootId, cookie, cgroup), pipes, cgroup, wasPreStarted: true };
};

/**
 * Starts a script in `directory` with its output on `pipes`, which are taken over.
 * @throws whatever stands in the way; then nothing runs and nothing is left open.
 */
export const launch = async (
  launcher: Launcher,
  job: RunJob,
  directory: string,
  pipes: PipePair,
): Promise<RunningScript> => {
  const cookie = cookieOf(job.token);
  const given = [pipes.stdout.writeFd, pipes.stderr.writeFd];
  try {
    given.push(openText(launcher, launcher.commandLine.body(job.script)));
    const process = await launcher.start(
      asItsUser(launcher, describe(launcher, job, directory, cookie, given), cookie, given),
    );
    const cgroup = cgroupOf(launcher, job, cookie);
    void cgroup?.enter(process.pid, process.spawnCgroup ? BRIEF_MS : 0);
    return {
      process,
      identity: identify(process, launcher.bootId, cookie, cgroup),
      pipes,
      cgroup,
      wasPreStarted: false,
    };
  } catch (error) {
    given.push(pipes.stdout.readFd, pipes.stderr.readFd);
    throw error;
  } finally {
    // The script has its own copies, and its output only ends when the last one that writes has closed.
    for (const fd of given) closeSync(fd);
  }
};

const openText = ({ pipes, user }: Launcher, text: string): number => openBody(pipes.privatePath('body'), text, user);

/** @param given gets what is opened for it */
const asItsUser = (launcher: Launcher, start: ProcessStart, cookie: string, given: number[]): ProcessStart => {
  if (!launcher.user) return start;
  return startAsUser(start, launcher.user, rlimitTagOf(cookie), (text) => {
    const fd = openText(launcher, text);
    given.push(fd);
    return fd;
  });
};

const cgroupOf = ({ cgroupParent }: Launcher, { runId }: RunJob, cookie: string): RunCgroup | null =>
  cgroupParent === null ? null : RunCgroup.named(cgroupParent, cgroupNameOf(runId, cookie));

const describe = (
  { commandLine, environment, user }: Launcher,
  job: RunJob,
  directory: string,
  cookie: string,
  fds: readonly number[],
): ProcessStart => ({
  file: commandLine.file,
  args: commandLine.args(rlimitTagOf(cookie)),
  directory,
  environment: environmentOfRun(environment, user, job.env, { id: job.runId, cookie }),
  fds,
});

const identify = (
  { pid, startTime }: StartedProcess,
  bootId: string | null,
  cookie: string,
  cgroup: RunCgroup | null,
): ProcessIdentity => ({
  pid,
  startTime: startTime === null ? null : String(startTime),
  bootId,
  cookie,
  cgroup: cgroup?.path ?? null,
  ...(SERVER && { server: SERVER }),
});

const SERVER = thisServer();
