import { setTimeout as wait } from 'node:timers/promises';
import type { EndingPhase } from '../../../domain/run/run-event.js';
import type { Leftover } from '../../../domain/run/script-run.js';
import type { RunCgroup } from './cgroup.js';
import { type ProcessInfo, isStillAlive } from './process-table.js';

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
 * @returns all that were seen, and whether they are gone
 */
export const endProcesses = async (ending: Ending): Promise<readonly Leftover[]> => {
  const seen = new Map<string, ProcessInfo>();
  const look = async (): Promise<readonly ProcessInfo[]> => {
    const alive = await ending.find();
    for (const found of alive) seen.set(`${found.pid} ${found.startTime}`, found);
    return alive;
  };
  const remaining = (await terminate(ending, look)) ? [] : await killAll(ending, look);
  const left = new Set(remaining.map(({ pid }) => pid));
  return [...seen.values()].map(({ pid, command }) => ({ pid, command, ended: !left.has(pid) }));
};

const KILL_FOR_MS = 10_000;
type Look = () => Promise<readonly ProcessInfo[]>;

/** @returns whether nobody is left */
const terminate = async (ending: Ending, look: Look): Promise<boolean> => {
  if (ending.kill?.aborted) return false;
  ending.phase?.('terminating');
  const lookSparingly = sparing(look);
  const alive = await lookSparingly();
  send('SIGTERM', alive, ending.group);
  const stopped = alive.filter(({ state }) => state === 'T');
  if (stopped.length > 0) send('SIGCONT', stopped, ending.group); // one that is stopped does not hear TERM
  return (await untilGone(lookSparingly, ending.graceMs, undefined, ending.kill)).length === 0;
};

/** @returns who is left */
const killAll = (ending: Ending, look: Look): Promise<readonly ProcessInfo[]> => {
  ending.phase?.('killing');
  return untilGone(look, KILL_FOR_MS, async (alive) => {
    send('SIGKILL', alive, ending.group);
    await ending.cgroup?.kill();
  });
};

/** Looks for others only when those it knows of are gone: the grace may be long, and the machine full of processes. */
const sparing = (look: Look): Look => {
  let known: readonly ProcessInfo[] = [];
  return async () => {
    known = known.filter(isStillAlive);
    if (known.length === 0) known = await look();
    return known;
  };
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
