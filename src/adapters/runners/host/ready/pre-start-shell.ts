import { closeSync, rmSync } from 'node:fs';
import { bashCommandLine } from '../command-line.js';
import type { Containments } from '../containment/containment.js';
import { COOKIE_VARIABLE, newCookie, preStartTagOf, slackTagOf } from '../containment/run-markers.js';
import type { Environment } from '../environment.js';
import { type PipePool, writingEnds } from '../pipes/pipe-pool.js';
import { anyAborted } from '../../process/waiting.js';
import { startCommand } from '../spawn/start-command.js';
import type { GivenFile, ProcessStart, Starter } from '../spawn/starter.js';
import { LoginShell, type PreStartedShell, openEmptyFile } from './pre-started-shell.js';
import { StatusPipe } from './status-pipe.js';
import { STATUS, profileFiles, takeoverText } from './takeover-text.js';

export interface PreStartNeeds {
  readonly starter: Starter;
  readonly containments: Containments;
  readonly environment: Environment;
  /** Where it starts. A profile may change the directory, as in any login shell. */
  readonly home: string;
  readonly openFiles: number | null;
  readonly pipes: PipePool;
}

/**
 * @param giveUp aborted: the start is taken back where that is still possible
 * @throws whatever stands in the way; then nothing waits and nothing is left open.
 */
export const preStartShell = async (needs: PreStartNeeds, giveUp: AbortSignal): Promise<PreStartedShell> => {
  const { starter, containments, home, pipes: pool } = needs;
  const given: GivenFile[] = [];
  const kept: number[] = [];
  try {
    const channels = await openChannels(pool, given, kept);
    const { pipes } = channels;
    const cookie = newCookie();
    const pending = starter.start(describe(needs, cookie, given));
    void anyAborted(giveUp).then(() => pending.withdraw());
    const process = await pending.started;
    const { containment, closed } = containments.encloseWaiting({
      ...{ name: newCookie(), pid: process.pid, startTime: process.startTime, cookie },
      spawnCgroup: process.spawnCgroup,
      pipes: () => [pipes.stdout.path, pipes.stderr.path],
    });
    for (const { fd } of given) closeSync(fd);
    return new LoginShell({
      ...channels,
      process,
      containment,
      contained: closed,
      home,
      status: new StatusPipe(channels.status),
    });
  } catch (error) {
    for (const fd of [...kept, ...given.map((file) => file.fd)]) closeSync(fd);
    for (const { path } of given) rmSync(path, { force: true });
    throw error;
  }
};

/** @param given gets what is for the shell, @param kept what is for this process */
const openChannels = async (pool: PipePool, given: GivenFile[], kept: number[]) => {
  const pipes = pool.takePair() ?? (await pool.waitForPair());
  given.push(...writingEnds(pipes));
  kept.push(pipes.stdout.readFd, pipes.stderr.readFd);
  const bodyTime = new Date();
  const path = pool.privatePath('body');
  const { readFd, writeFd: body } = openEmptyFile(path);
  given.push({ fd: readFd, path, access: 'read', isPipe: false });
  kept.push(body);
  const control = pool.takeControlPipe() ?? (await pool.waitForControlPipe());
  given.push({ fd: control.readFd, path: control.path, access: 'read', isPipe: true });
  kept.push(control.writeFd);
  const status = pool.takeControlPipe() ?? (await pool.waitForControlPipe());
  given.push({ fd: status.writeFd, path: status.path, access: 'write', isPipe: true });
  kept.push(status.readFd);
  return { pipes, body, bodyTime, control: control.writeFd, status: status.readFd };
};

const describe = (
  { environment, home, openFiles }: PreStartNeeds,
  cookie: string,
  files: readonly GivenFile[],
): ProcessStart => {
  const { file, args } = bashCommandLine(environment, takeoverText(profileFiles(environment.HOME ?? home)));
  const shell = {
    file,
    args,
    directory: home,
    environment: { ...environment, [COOKIE_VARIABLE]: cookie },
    rlimitTag: preStartTagOf(cookie),
    slackTag: slackTagOf(cookie),
    openFiles,
  };
  return { ...startCommand(shell, { report: STATUS, keepsReport: true, bash: file }), files };
};
