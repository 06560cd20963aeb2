import { setTimeout as wait } from 'node:timers/promises';
import type { EndingSignal } from '../../../../domain/run/script-run.js';
import { type Ended, type Grace, toLeftover } from './containment.js';
import { type ProcessInfo, isAlive, isStillAlive, readProcess } from '../../process/process-table.js';

/** Whom to end. */
export interface Target {
  /** Who is to be ended, as of now. */
  readonly find: () => Promise<readonly ProcessInfo[]>;
  /** A process group that gets each signal as one, so that nobody in it escapes by forking; null: one by one. */
  readonly group: number | null;
  /** Kills all at once where the machine can; SIGKILL is sent to each all the same. */
  readonly killAll?: () => Promise<void>;
  /** Whether `find` finds every process there can be. Without it that is never sure. */
  readonly isComplete?: () => Promise<boolean>;
}

/** As `Containment.end` says. Each process gets TERM once: what a script starts to tidy up may do its work. */
export const endProcesses = async (target: Target, grace: Grace): Promise<Ended> => {
  const seen = new Map<string, ProcessInfo>();
  const look = async (): Promise<readonly ProcessInfo[]> => {
    const alive = await target.find();
    for (const found of alive) seen.set(`${found.pid} ${found.startTime}`, found);
    return alive;
  };
  const sent: EndingSignal[] = [];
  const remaining = (await terminate(target, grace, look, sent)) ? [] : await killAll(target, grace, look, sent);
  const left = new Set(remaining.map(({ pid }) => pid));
  const found = [...seen.values()].map((member) => toLeftover(member, !left.has(member.pid)));
  const survivors = left.size > 0 ? 'some' : (await target.isComplete?.()) ? 'none' : 'possible';
  return { found, signalled: found.length > 0 ? { signals: sent, processes: found.length, survivors } : null };
};

const KILL_FOR_MS = 10_000;
type Look = () => Promise<readonly ProcessInfo[]>;

/** @returns whether nobody is left */
const terminate = async ({ group }: Target, grace: Grace, look: Look, sent: EndingSignal[]): Promise<boolean> => {
  if (grace.kill?.aborted) return false;
  sent.push('SIGTERM');
  grace.phase?.('terminating');
  const lookSparingly = sparing(look);
  const alive = await lookSparingly();
  send('SIGTERM', alive, group);
  const stopped = alive.filter(({ state }) => state === 'T');
  if (stopped.length > 0) send('SIGCONT', stopped, group); // one that is stopped does not hear TERM
  const again = sendAgain(alive, group);
  return (await untilGone(lookSparingly, grace.ms, again, grace.kill)).length === 0;
};

/** @returns who is left */
const killAll = (
  { group, killAll: killTogether }: Target,
  grace: Grace,
  look: Look,
  sent: EndingSignal[],
): Promise<readonly ProcessInfo[]> => {
  grace.phase?.('killing');
  sent.push('SIGKILL');
  return untilGone(look, KILL_FOR_MS, async (alive) => {
    send('SIGKILL', alive, group);
    await killTogether?.();
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
