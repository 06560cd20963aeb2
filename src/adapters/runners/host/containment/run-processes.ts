import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProcessIdentity } from '../../../../domain/run/script-run.js';
import { RunCgroup } from './cgroup.js';
import { carriesMarker } from './run-markers.js';
import type { SpawnCgroup } from './spawn-cgroup.js';
import { type ProcessInfo, isAlive, lastPid, listOpenFiles, listProcesses } from '../../process/process-table.js';

/** The processes that belong to one run, looked up anew at every call. */
export interface RunProcesses {
  /** All that are alive. */
  find(): Promise<readonly ProcessInfo[]>;
  /** Those of them that are still in the spawn cgroup in which the run began. @throws Error when it cannot be read */
  findEscaped(spawnCgroup: SpawnCgroup): Promise<readonly ProcessInfo[]>;
  /** Those alive that keep the run's output open, whether they belong to it in another way or not. */
  findHolders(): Promise<readonly ProcessInfo[]>;
}

export interface Traces {
  /** Names of the run's pipes while they are read. */
  readonly pipes: () => readonly string[];
  /**
   * True for the server that started the run: its group's number cannot have gone to a stranger. Another trusts the group only
   * while its leader lives, and knows that what it started itself does not belong to the run.
   */
  readonly startedHere: boolean;
  /** False for a run whose leader was started long before it: numbers may have begun anew since. */
  readonly leaderIsNew?: boolean;
  /** Session leaders of all runs that this server supervises. Members of other runs' sessions are not searched for markers. */
  readonly sessionLeaders?: ReadonlySet<number>;
}

export const makeRunProcesses = (identity: ProcessIdentity, traces: Traces): RunProcesses => {
  if (identity.startTime !== null) return new TracedProcesses(identity, Number(identity.startTime), traces);
  return traces.startedHere ? groupAlone(identity.pid) : NONE;
};

/**
 * A process belongs to the run if it is in its group, session or cgroup, carries a marker of it, holds its pipes, or descends from
 * one that does; once seen, it stays known, whatever it changes of these. Nothing older than the run belongs to it.
 */
class TracedProcesses implements RunProcesses {
  readonly #leader: ProcessIdentity;
  readonly #since: number;
  readonly #traces: Traces;
  readonly #cgroup: RunCgroup | null;
  readonly #known = new Map<number, number>();
  readonly #unmarked = new Map<number, number>();
  readonly #madeAt = performance.now();

  constructor(leader: ProcessIdentity, since: number, traces: Traces) {
    this.#leader = leader;
    this.#since = since;
    this.#traces = traces;
    this.#cgroup = leader.cgroup === null ? null : new RunCgroup(leader.cgroup);
  }

  async find(): Promise<readonly ProcessInfo[]> {
    return this.#membersOf(await this.#listYoung(), this.#cgroup?.pids());
  }

  async findEscaped(spawnCgroup: SpawnCgroup): Promise<readonly ProcessInfo[]> {
    const escaped = await spawnCgroup.escapedProcesses(this.#lowestPid(), this.#leadersOfOthers());
    return this.#membersOf(escaped.filter(({ startTime }) => startTime >= this.#since));
  }

  /** @param inCgroup numbers of those in the run's own */
  async #membersOf(young: readonly ProcessInfo[], inCgroup: readonly number[] = []): Promise<readonly ProcessInfo[]> {
    const belongs = this.#signs(young, new Set(inCgroup));
    const found = new Set(young.filter(belongs));
    for (const holder of await this.#holdersAmong(young.filter((candidate) => !found.has(candidate))))
      found.add(holder);
    const descendants = descendantsOf(pidsOf(found), young);
    const members = young.filter((candidate) => found.has(candidate) || descendants.has(candidate.pid));
    for (const { pid, startTime } of members) this.#known.set(pid, startTime);
    return members.filter(isAlive);
  }

  async findHolders(): Promise<readonly ProcessInfo[]> {
    return this.#holdersAmong((await this.#listYoung()).filter(isAlive));
  }

  async #listYoung(): Promise<ProcessInfo[]> {
    const all = await listProcesses(this.#lowestPid(), this.#leadersOfOthers());
    const ours = this.#traces.startedHere ? NOBODY : descendantsOf([process.pid], all);
    return all.filter(({ pid, startTime }) => startTime >= this.#since && pid !== process.pid && !ours.has(pid));
  }

  #leadersOfOthers(): ReadonlySet<number> {
    const others = new Set(this.#traces.sessionLeaders);
    others.delete(this.#leader.pid);
    return others;
  }

  /** Numbers go up, so in a moment none below the leader's can have come to the run. That spares reading the whole machine. */
  #lowestPid(): number {
    const { pid } = this.#leader;
    const isRecent = this.#traces.leaderIsNew === true && performance.now() - this.#madeAt < NUMBERS_LAST_MS;
    return isRecent && lastPid() >= pid ? pid : 1;
  }

  #signs(young: readonly ProcessInfo[], inCgroup: ReadonlySet<number>): (candidate: ProcessInfo) => boolean {
    const { pid: leader } = this.#leader;
    const atItsNumber = young.find(({ pid }) => pid === leader);
    const groupIsOurs = atItsNumber ? atItsNumber.startTime === this.#since : this.#traces.startedHere;
    return (candidate) =>
      this.#isKnown(candidate) ||
      (groupIsOurs && (candidate.group === leader || candidate.session === leader)) ||
      inCgroup.has(candidate.pid) ||
      (!this.#traces.sessionLeaders?.has(candidate.session) && this.#isMarked(candidate));
  }

  #isKnown({ pid, startTime }: ProcessInfo): boolean {
    return this.#known.get(pid) === startTime;
  }

  #isMarked({ pid, startTime }: ProcessInfo): boolean {
    if (this.#unmarked.get(pid) === startTime) return false;
    const marked = carriesMarker(pid, this.#leader.cookie);
    if (marked === false) this.#unmarked.set(pid, startTime);
    return marked === true;
  }

  async #holdersAmong(candidates: readonly ProcessInfo[]): Promise<ProcessInfo[]> {
    const names = new Set(this.#traces.pipes().map((path) => `${path} (deleted)`));
    if (names.size === 0) return [];
    const holders: ProcessInfo[] = [];
    for (const [index, candidate] of candidates.entries()) {
      if (listOpenFiles(candidate.pid).some((name) => names.has(name))) holders.push(candidate);
      if (index % 50 === 49) await nextTurn();
    }
    return holders;
  }
}

/** No machine gives out all its numbers in so short a time. */
const NUMBERS_LAST_MS = 250;

const pidsOf = (processes: Iterable<ProcessInfo>): number[] => Array.from(processes, ({ pid }) => pid);

const NOBODY: ReadonlySet<number> = new Set();

/** The numbers of those that descend from any of `ancestors`, without these. */
const descendantsOf = (ancestors: Iterable<number>, among: readonly ProcessInfo[]): ReadonlySet<number> => {
  const family = new Set(ancestors);
  const descendants = new Set<number>();
  for (let before = -1; before !== descendants.size;) {
    before = descendants.size;
    for (const { pid, parent } of among) {
      if (!family.has(parent) || family.has(pid)) continue;
      family.add(pid);
      descendants.add(pid);
    }
  }
  return descendants;
};

/** Without a Linux /proc only the group can be reached, as a whole: it stands as one process. */
const groupAlone = (group: number): RunProcesses => {
  const asOne: ProcessInfo = {
    pid: group,
    parent: 0,
    group,
    session: group,
    startTime: 0,
    state: 'R',
    command: 'process group',
  };
  const find = (): Promise<readonly ProcessInfo[]> => Promise.resolve(groupExists(group) ? [asOne] : []);
  return { find, findEscaped: find, findHolders: find };
};

const groupExists = (group: number): boolean => {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
};

const nobody = (): Promise<readonly ProcessInfo[]> => Promise.resolve([]);
const NONE: RunProcesses = { find: nobody, findEscaped: nobody, findHolders: nobody };
