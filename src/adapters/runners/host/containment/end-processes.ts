import { setTimeout as wait } from 'node:timers/promises';
import type { EndingPhase } from '../../../../domain/run/run-event.js';
import type { EndingSignal, Leftover, Signalled } from '../../../../domain/run/script-run.js';
import type { RunCgroup } from './cgroup.js';
import { type ProcessInfo, isAlive, isStillAlive, readProcess } from '../../process/process-table.js';

export interface Ending {
  /** Who is to be ended, as of now. */
  readonly find: () => Promise<readonly ProcessInfo[]>;
  /** A process group that gets each signal as one, so that nobody in it escapes by forking; null: one by one. */
  readonly group: number | null;
  /** Killed as a whole in the end, if there is one. */
  readonly cgroup: RunCgroup | null;
  readonly graceMs: number;
  /** Aborted: no (more) grace. */
  readonly kill?: AbortSignal;
  readonly phase?: (phase: EndingPhase) => void;
}

/**
 * TERM, then after the grace KILL, until two looks in a row find nobody, for at most 10 s more.
 * Each process gets TERM once: what a script starts to tidy up may do its work.
 */
export const endProcesses = async (ending: Ending): Promise<Ended> => {
  const seen = new Map<string, ProcessInfo>();
  const look = async (): Promise<readonly ProcessInfo[]> => {
    const alive = await ending.find();
    for (const found of alive) seen.set(`${found.pid} ${found.startTime}`, found);
    return alive;
  };
  const sent: EndingSignal[] = [];
  const remaining = (await terminate(ending, look, sent)) ? [] : await killAll(ending, look, sent);
  const left = new Set(remaining.map(({ pid }) => pid));
  const found = [...seen.values()].map(({ pid, command }) => ({ pid, command, ended: !left.has(pid) }));
  const survivors = left.size > 0 ? 'some' : (await ending.cgroup?.holds()) ? 'none' : 'possible';
  return { found, signalled: found.length > 0 ? { signals: sent, processes: found.length, survivors } : null };
};

export interface Ended {
  /** All that were seen, and whether they are gone. */
  readonly found: readonly Leftover[];
  /** Null when there was nobody. */
  readonly signalled: Signalled | null;
}

const KILL_FOR_MS = 10_000;
type Look = () => Promise<readonly ProcessInfo[]>;

/** @returns whether nobody is left */
const terminate = async (ending: Ending, look: Look, sent: EndingSignal[]): Promise<boolean> => {
  if (ending.kill?.aborted) return false;
  sent.push('SIGTERM');
  ending.phase?.('terminating');
  const lookSparingly = sparing(look);
  const alive = await lookSparingly();
  send('SIGTERM', alive, ending.group);
  const stopped = alive.filter(({ state }) => state === 'T');
  if (stopped.length > 0) send('SIGCONT', stopped, ending.group); // one that is stopped does not hear TERM
  const again = sendAgain(alive, ending.group);
  return (await untilGone(lookSparingly, ending.graceMs, again, ending.kill)).length === 0;
};

/** @returns who is left */
const killAll = (ending: Ending, look: Look, sent: EndingSignal[]): Promise<readonly ProcessInfo[]> => {
  ending.phase?.('killing');
  sent.push('SIGKILL');
  return untilGone(look, KILL_FOR_MS, async (alive) => {
    send('SIGKILL', alive, ending.group);
    await ending.cgroup?.kill();
  });
};

/** Looks for others only when those it knows of are gone: the grace may be long, and the machine full of processes. */
const sparing = (look: Look): Look => {
  let known: readonly ProcessInfo[] = [];
  return async () => {
    known = known.map(lookAgainAt).filter((found) => found !== null);
    if (known.length === 0) known = await look();
    return known;
  };
};

/**
 * A shell that has a trap for TERM forks a copy of itself for every program, and the copy has the trap until it is the program: a TERM in
 * between is lost (seen in one of a hundred). Whoever was such a copy and is another program now gets it again.
 */
const sendAgain = (alive: readonly ProcessInfo[], group: number | null) => {
  const commands = new Map(alive.map(({ pid, command }) => [pid, command]));
  const copies = alive.filter(({ pid, parent, command }) => pid !== group && commands.get(parent) === command);
  const waiting = new Set(copies.map(({ pid }) => pid));
  return async (now: readonly ProcessInfo[]): Promise<void> => {
    const others = now.filter(({ pid, command }) => waiting.has(pid) && command !== commands.get(pid));
    for (const { pid } of others) waiting.delete(pid);
    send('SIGTERM', others, null);
  };
};

const lookAgainAt = ({ pid, startTime }: ProcessInfo): ProcessInfo | null => {
  const now = readProcess(pid);
  return now?.startTime === startTime && isAlive(now) ? now : null;
};

/** Looks until two looks in a row find nobody, `ms` have passed or `stop` is aborted; answers who was found last. */
const untilGone = async (
  look: Look,
  ms: number,
  each?: (alive: readonly ProcessInfo[]) => Promise<void>,
  stop?: AbortSignal,
): Promise<readonly ProcessInfo[]> => {
  const deadline = performance.now() + ms;
  let lastWasEmpty = false;
  for (let interval = 4; ; interval = Math.min(interval * 2, 50)) {
    const alive = await look();
    if (alive.length === 0 && lastWasEmpty) return alive;
    lastWasEmpty = alive.length === 0;
    if (!lastWasEmpty && (performance.now() >= deadline || stop?.aborted)) return alive;
    if (!lastWasEmpty) await each?.(alive);
    await wait(interval, undefined, { signal: stop }).catch(() => undefined);
  }
};

const send = (signal: NodeJS.Signals, to: readonly ProcessInfo[], group: number | null): void => {
  const together = to.filter((found) => found.group === group);
  if (group !== null && together.length > 0) kill(-group, signal);
  for (const found of to) if (found.group !== group && isStillAlive(found)) kill(found.pid, signal);
};

const kill = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // gone meanwhile, or not ours to end: the next look tells
  }
};
