import { setTimeout as pause } from 'node:timers/promises';
import type { RunWatch } from '../../../application/ports/script-runner.js';
import type { RunOutcome } from '../../../domain/run/run-outcome.js';
import { ENDING_SIGNALS, type Leftover, type Signalled } from '../../../domain/run/script-run.js';
import type { RunningScript } from './launch.js';
import { readOutput } from '../process/output-reader.js';
import { type Ended, endProcesses } from './containment/end-processes.js';
import { type RunProcesses, makeRunProcesses } from './containment/run-processes.js';
import type { ProcessEnd } from './spawn/start-process.js';

/** How long what a script leaves behind may keep its output open. */
const HOLDING_MS = 2000;
/** How long a run that is to be ended is given to enter its cgroup, which takes 5–15 ms. */
const ENTERING_MS = 100;
/** A process that ends closes its output some moments before it is gone. */
const DYING_MS = 50;

const MAY_HAVE_SURVIVED =
  'this machine offers no cgroup v2 to write to: a process that removed every marker of the run may have survived';
const UNKNOWN_END = 'how the script ended is not known: the process that starts scripts has died';
const NOBODY: Ended = { found: [], signalled: null };

/** Session leaders of all supervised runs. The kernel does not reuse a pid while its session has members. */
const sessionLeaders = new Set<number>();

/** Hands over a script's output until it has ended, or ends it when told to; resolves when nothing of it is left to end. */
export const superviseRun = async (
  script: RunningScript,
  watch: RunWatch,
  killGraceMs: number,
): Promise<RunOutcome> => {
  sessionLeaders.add(script.identity.pid);
  try {
    return await supervise(script, watch, killGraceMs);
  } finally {
    sessionLeaders.delete(script.identity.pid);
  }
};

const supervise = async (script: RunningScript, watch: RunWatch, killGraceMs: number): Promise<RunOutcome> => {
  const { stdout, stderr } = script.pipes;
  const output = readOutput({ stdout: stdout.readFd, stderr: stderr.readFd }, (...piece) => watch.output(...piece));
  const processes = makeRunProcesses(script.identity, {
    startedHere: true,
    leaderIsNew: !script.wasPreStarted,
    pipes: () => (output.isOpen() ? [stdout.path, stderr.path] : []),
    sessionLeaders,
  });
  const told = (): boolean => watch.terminate.aborted || watch.kill.aborted;
  const toldToEnd = Promise.race([aborted(watch.terminate), aborted(watch.kill)]);

  await Promise.race([script.process.ended, toldToEnd]);
  await within(HOLDING_MS, Promise.race([output.ended, toldToEnd]));
  const held = output.isOpen() && !told() ? await endHolders(script, processes, watch, killGraceMs) : NOBODY;
  if (!told()) {
    output.giveUp();
    await Promise.race([output.ended, toldToEnd]);
  }
  const left = told() ? await endAll(script, processes, watch, killGraceMs) : await leave(script, processes, watch);
  output.giveUp();
  await output.ended;
  const isStuck = left.found.some(({ pid, ended }) => pid === script.identity.pid && !ended);
  const end = isStuck ? { exitCode: null, signal: null } : await script.process.ended;
  const others = left.found.filter(({ pid }) => !held.found.some((holder) => holder.pid === pid));
  const signalled = bothOf(held.signalled, left.signalled);
  return {
    kind: 'exited',
    ...end,
    leftovers: [...held.found, ...others],
    ...(signalled && { signalled }),
    ...(!isStuck && isUnknown(end) && { message: UNKNOWN_END }),
  };
};

const endHolders = async (
  { identity }: RunningScript,
  processes: RunProcesses,
  watch: RunWatch,
  graceMs: number,
): Promise<Ended> => {
  const { found, signalled } = await endProcesses({
    find: () => processes.findHolders(),
    group: identity.startTime === null ? identity.pid : null, // all there is to reach without /proc
    cgroup: null,
    graceMs,
    kill: watch.kill,
  });
  const ended = found.filter((leftover) => leftover.ended);
  if (ended.length > 0) {
    watch.note(`ended what still held the output ${HOLDING_MS / 1000} s after the script had ended: ${list(ended)}`);
  }
  noteStuck(found, watch);
  // Nobody hides that it holds a pipe.
  return { found, signalled: signalled && { ...signalled, survivors: ended.length < found.length ? 'some' : 'none' } };
};

const endAll = async (
  { identity, cgroup }: RunningScript,
  processes: RunProcesses,
  watch: RunWatch,
  graceMs: number,
): Promise<Ended> => {
  if (cgroup) await within(ENTERING_MS, cgroup.enterNow());
  const { found, signalled } = await endProcesses({
    find: () => processes.find(),
    group: identity.pid,
    cgroup,
    graceMs,
    kill: watch.kill,
    phase: (phase) => watch.phase(phase),
  });
  noteStuck(found, watch);
  if (signalled?.survivors === 'possible') watch.note(MAY_HAVE_SURVIVED);
  return { found: found.filter(({ ended }) => !ended), signalled };
};

/** What a script that ended by itself meant to leave running stays. */
const leave = async (script: RunningScript, processes: RunProcesses, watch: RunWatch): Promise<Ended> => {
  if (await hasLeftNobody(script, processes)) return NOBODY;
  let members = await processes.find();
  if (members.length > 0) {
    await pause(DYING_MS);
    members = await processes.find();
  }
  const found = members.map(({ pid, command }) => ({ pid, command, ended: false }));
  if (found.length > 0) watch.note(`left running, as the script has ended by itself: ${list(found)}`);
  return { found, signalled: null };
};

/** Told by the cgroups in which all that the script started has been. The whole machine is not looked through for that. */
const hasLeftNobody = async (
  { cgroup, wasPreStarted, process }: RunningScript,
  processes: RunProcesses,
): Promise<boolean> => {
  if (!cgroup?.isEmpty()) return false;
  if (wasPreStarted) return cgroup.hasEntered;
  try {
    return process.spawnCgroup !== null && (await processes.findEscaped(process.spawnCgroup)).length === 0;
  } catch {
    return false; // the spawn cgroup cannot be read
  }
};

const bothOf = (held: Signalled | null, all: Signalled | null): Signalled | null => {
  if (!held || !all) return held ?? all;
  const signals = ENDING_SIGNALS.filter((signal) => held.signals.includes(signal) || all.signals.includes(signal));
  return { ...all, signals, processes: held.processes + all.processes };
};

/** Every process that ends has one or the other; who would have told has died. */
const isUnknown = ({ exitCode, signal }: ProcessEnd): boolean => exitCode === null && signal === null;

const noteStuck = (found: readonly Leftover[], watch: RunWatch): void => {
  const stuck = found.filter(({ ended }) => !ended);
  if (stuck.length > 0) watch.note(`could not be ended: ${list(stuck)}`);
};

const list = (leftovers: readonly Leftover[]): string => {
  const named = leftovers.slice(0, 10).map(({ pid, command }) => `${command} (pid ${pid})`);
  return named.join(', ') + (leftovers.length > named.length ? ` and ${leftovers.length - named.length} more` : '');
};

/** Waits for `event`, but no longer than `ms`. */
const within = async (ms: number, event: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([event, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
