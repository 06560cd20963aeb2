import { closeSync, fstatSync, readSync, rmSync } from 'node:fs';
import type { RunJob } from '../../../application/ports/script-runner.js';
import type { ProcessIdentity } from '../../../domain/run/script-run.js';
import { thisServer } from '../process/server-process.js';
import { HeldOutput } from '../process/output/held-output.js';
import type { Deliver, OutputReader } from '../process/output/output-reader.js';
import { hasOpen } from '../process/process-table.js';
import type { CommandLine } from './command-line.js';
import type { Containment, Containments } from './containment/containment.js';
import { cgroupNameOf, cookieOf, rlimitTagOf, slackTagOf } from './containment/run-markers.js';
import { type Environment, environmentOfRun } from './environment.js';
import { openBody, openReport } from './pipes/body-file.js';
import { type PipePair, type PipePool, writingEnds } from './pipes/pipe-pool.js';
import type { RunUser } from './run-user.js';
import { becomingText, startAsUser } from './spawn/start-as-user.js';
import { REFUSED, type ScriptProcess, explainReport, logoutFiles, startCommand } from './spawn/start-command.js';
import type { DirectStart, GivenFile, ProcessEnd, StartError, StartedProcess, Starter } from './spawn/starter.js';

/** What the runs of one runner have in common. */
export interface Launcher {
  readonly starter: Starter;
  readonly containments: Containments;
  readonly commandLine: CommandLine;
  readonly environment: Environment;
  /** Absolute path of bash. */
  readonly bash: string;
  readonly openFiles: number | null;
  readonly user: RunUser | undefined;
  readonly pipes: PipePool;
  readonly bootId: string | null;
}

/** A script that runs. Whoever gets it reads its output, and dissolves the containment. */
export interface RunningScript {
  readonly process: StartedProcess;
  readonly identity: ProcessIdentity;
  readonly containment: Containment;
  /** Called once. */
  read(deliver: Deliver): OutputReader;
  /** Whether it has not read its text yet: a login shell that reads its profile has not. */
  hasNotBegun(): boolean;
  /** Tells that its pipes are no longer read. */
  outputClosed(): void;
  /** Why the process did not become the script; null when it did. Asked once, when it has ended. */
  whyNotBegun(end: ProcessEnd): StartError | null;
}

/** A script that is about to run. */
export interface PendingScript {
  /** @throws StartError, as `PendingStart` does; then nothing is left open. */
  readonly running: Promise<RunningScript>;
  /** Takes the start back where it has not begun; then `running` rejects. Has no effect on a script that runs. */
  withdraw(): void;
}

/**
 * Starts a script in `directory` with its output on `pipes`, which are taken over.
 * @throws whatever stands in the way; then nothing runs and nothing is left open.
 */
export const launch = (launcher: Launcher, job: RunJob, directory: string, pipes: PipePair): PendingScript => {
  const given = writingEnds(pipes);
  const output = new HeldOutput({ stdout: pipes.stdout.readFd, stderr: pipes.stderr.readFd }, 1);
  try {
    const pending = launcher.starter.start(describe(launcher, job, directory, given));
    const running = follow(launcher, job, directory, pipes, output, given, pending.started);
    return { running, withdraw: () => pending.withdraw() };
  } catch (error) {
    letGo(given);
    void output.discard();
    throw error;
  }
};

const follow = async (
  launcher: Launcher,
  job: RunJob,
  directory: string,
  pipes: PipePair,
  output: HeldOutput,
  given: readonly GivenFile[],
  started: Promise<StartedProcess>,
): Promise<RunningScript> => {
  const report = given[REPORT - 1]?.fd ?? -1;
  try {
    const process = await started;
    const cookie = cookieOf(job.token);
    const { pid, startTime, spawnCgroup } = process;
    const names = [pipes.stdout.path, pipes.stderr.path];
    const containment = launcher.containments.enclose({
      name: cgroupNameOf(job.runId, cookie),
      ...{ pid, startTime, spawnCgroup, cookie },
      pipes: () => names,
    });
    // The script has its own copies, and its output only ends when the last one that writes has closed.
    for (const { fd } of given) if (fd !== report) closeSync(fd);
    return {
      process,
      identity: identify(process, launcher.bootId, cookie, containment),
      containment,
      read: (deliver) => output.readTo(deliver),
      hasNotBegun: () => hasOpen(pid, BODY, given[BODY - 1]?.path ?? ''),
      outputClosed: () => void names.splice(0),
      whyNotBegun: (end) => readReport(report, end, { file: launcher.commandLine.file, directory }),
    };
  } catch (error) {
    letGo(given);
    void output.discard();
    throw error;
  }
};

/** Descriptors of the process. */
const BODY = 3;
const REPORT = 4;
const TEXT = 5;

/** @param given gets what is opened for the process */
const describe = (launcher: Launcher, job: RunJob, directory: string, given: GivenFile[]) => {
  const { commandLine, environment, user, pipes, bash, openFiles } = launcher;
  const open = (text: string): GivenFile => openBody(pipes.privatePath('body'), text, user);
  const cookie = cookieOf(job.token);
  const script: ScriptProcess = {
    file: commandLine.file,
    args: commandLine.args,
    directory,
    environment: environmentOfRun(environment, user, job.env, { id: job.runId, cookie }),
    rlimitTag: rlimitTagOf(cookie),
    slackTag: slackTagOf(cookie),
    openFiles,
  };
  given.push(open(commandLine.body(job.script)), openReport(pipes.privatePath('report')));
  if (!user)
    return { ...startCommand(script, { report: REPORT, bash }), files: given, direct: directly(commandLine, script) };
  given.push(open(becomingText(script, REPORT, TEXT)));
  return { ...startAsUser(user, TEXT), files: given };
};

/** No file of a shell's is among those of the script. */
const directly = (commandLine: CommandLine, script: ScriptProcess): DirectStart | undefined => {
  const { file, directory, environment, rlimitTag, slackTag } = script;
  const args = commandLine.argsWithTags?.(rlimitTag, slackTag);
  return args && { file, args, directory, files: BODY, unless: logoutFiles(environment) };
};

const readReport = (
  report: number,
  { exitCode }: ProcessEnd,
  start: { file: string; directory: string },
): StartError | null => {
  try {
    const size = exitCode === REFUSED ? fstatSync(report).size : 0;
    if (size === 0) return null;
    const buffer = Buffer.alloc(Math.min(size, 16_384));
    readSync(report, buffer, 0, buffer.length, 0);
    return explainReport(buffer.toString(), start);
  } finally {
    closeSync(report);
  }
};

/** Of a process that there is not: nobody else has removed the names. */
const letGo = (given: readonly GivenFile[]): void => {
  for (const { fd, path } of given) {
    closeSync(fd);
    rmSync(path, { force: true });
  }
};

export const identify = (
  { pid, startTime }: StartedProcess,
  bootId: string | null,
  cookie: string,
  containment: Containment,
): ProcessIdentity => ({
  pid,
  startTime: startTime === null ? null : String(startTime),
  bootId,
  cookie,
  cgroup: containment.cgroup,
  ...(SERVER && { server: SERVER }),
});

const SERVER = thisServer();
