import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ProcessInfo, isAlive, lastPid, listOpenFiles, listProcesses } from '../../process/process-table.js';
import type { KnownProcess } from './containment.js';
import type { RunCgroup } from './cgroup/run-cgroup.js';
import { carriesMarker, hasOptedOut } from './run-markers.js';
import type { SpawnCgroup } from './cgroup/spawn-cgroup.js';
import { descendantsOf } from './family.js';

export interface SearchedRun {
  /** Pid of the script: leader of its session and group. */
  readonly leader: number;
  /** Its start time. */
  readonly since: number;
  readonly cookie: string;
  /**
   * True for the server that started the run, until it is dissolved: the pid of its group cannot have gone to a stranger. Later, or from
   * another server, the group is trusted only while its leader lives.
   */
  readonly startedHere: boolean;
  /** False where another server started the run: what this one started itself does not belong to it. As PID 1 this one has orphans for children. */
  readonly mayBeOwnChild: boolean;
  /** Seen to belong to it. */
  readonly known: readonly KnownProcess[];
  /** The leader has been started at this moment. */
  readonly isRecent: boolean;
  readonly cgroup: RunCgroup | null;
  /** Names of the run's pipes while they are read. */
  readonly pipes: () => readonly string[];
  /** Of all runs of the same containments; this run's is in it from now on until `close`. */
  readonly sessionLeaders: Set<number>;
}

/**
 * Finds the processes of one run in /proc. A process belongs to the run if it is in its group, session or cgroup, carries a marker of it,
 * holds its pipes, or descends from one that does. Once seen it stays known, whatever it changes of these. No process older than the run
 * belongs to it, nor one that has opted out.
 */
export class ProcessSearch {
  readonly #run: SearchedRun;
  readonly #known = new Map<number, number>();
  readonly #unmarked = new Map<number, number>();
  readonly #madeAt = performance.now();

  constructor(run: SearchedRun) {
    this.#run = run;
    if (run.startedHere) run.sessionLeaders.add(run.leader);
    for (const { pid, startTime } of run.known) this.#known.set(pid, startTime);
  }

  /** The group that gets signals as one; null where this server may be in it. */
  get group(): number | null {
    return this.#run.startedHere ? this.#run.leader : null;
  }

  close(): void {
    if (this.#run.startedHere) this.#run.sessionLeaders.delete(this.#run.leader);
  }

  /** All that are alive. */
  async members(): Promise<readonly ProcessInfo[]> {
    return this.#membersAmong(await this.#listYoung(), this.#run.cgroup?.pids());
  }

  /** Those of them that are still in the spawn cgroup in which the run began. @throws Error when it cannot be read */
  async membersIn(spawnCgroup: SpawnCgroup): Promise<readonly ProcessInfo[]> {
    const escaped = await spawnCgroup.escapedProcesses(this.#lowestPid(), this.#leadersOfOthers());
    return this.#membersAmong(escaped.filter(({ startTime }) => startTime >= this.#run.since));
  }

  /** Pids in the run's cgroup that have opted out of the run. */
  async released(): Promise<readonly number[]> {
    const inCgroup = new Set(this.#run.cgroup?.pids());
    const young = await this.#listYoung();
    return young
      .filter((candidate) => inCgroup.has(candidate.pid) && this.#isReleased(candidate))
      .map(({ pid }) => pid);
  }

  /** @param inCgroup pids in the run's own */
  async #membersAmong(
    young: readonly ProcessInfo[],
    inCgroup: readonly number[] = [],
  ): Promise<readonly ProcessInfo[]> {
    const belongs = this.#signs(young, new Set(inCgroup));
    const found = new Set(young.filter(belongs));
    for (const holder of await this.#holdersAmong(young.filter((candidate) => !found.has(candidate))))
      found.add(holder);
    const released = new Set([...found].filter((member) => this.#isReleased(member)).map(({ pid }) => pid));
    const own = [...found].filter(({ pid }) => !released.has(pid)).map(({ pid }) => pid);
    const family = new Set([...own, ...descendantsOf(own, young, (member) => this.#isReleased(member))]);
    const members = young.filter(({ pid }) => family.has(pid));
    for (const { pid, startTime } of members) this.#known.set(pid, startTime);
    return members.filter(isAlive);
  }

  async #listYoung(): Promise<ProcessInfo[]> {
    const { mayBeOwnChild, since } = this.#run;
    const all = await listProcesses(this.#lowestPid(), this.#leadersOfOthers());
    const ours = mayBeOwnChild ? NOBODY : descendantsOf([process.pid], all);
    return all.filter(({ pid, startTime }) => startTime >= since && pid !== process.pid && !ours.has(pid));
  }

  #leadersOfOthers(): ReadonlySet<number> {
    const others = new Set(this.#run.sessionLeaders);
    others.delete(this.#run.leader);
    return others;
  }

  /** Pids go up, so for a moment none below the leader's can belong to the run. That spares reading the whole machine. */
  #lowestPid(): number {
    const { leader, isRecent } = this.#run;
    return isRecent && performance.now() - this.#madeAt < PIDS_LAST_MS && lastPid() >= leader ? leader : 1;
  }

  #signs(young: readonly ProcessInfo[], inCgroup: ReadonlySet<number>): (candidate: ProcessInfo) => boolean {
    const { leader, since, startedHere, sessionLeaders } = this.#run;
    const atItsPid = young.find(({ pid }) => pid === leader);
    const groupIsOurs = atItsPid ? atItsPid.startTime === since : startedHere;
    return (candidate) =>
      this.#known.get(candidate.pid) === candidate.startTime ||
      (groupIsOurs && (candidate.group === leader || candidate.session === leader)) ||
      inCgroup.has(candidate.pid) ||
      (!sessionLeaders.has(candidate.session) && this.#isMarked(candidate));
  }

  /** A process in the script's own session has not opted out: its environment may just be another. */
  #isReleased({ pid, session }: ProcessInfo): boolean {
    return session !== this.#run.leader && hasOptedOut(pid);
  }

  #isMarked({ pid, startTime }: ProcessInfo): boolean {
    if (this.#unmarked.get(pid) === startTime) return false;
    const marked = carriesMarker(pid, this.#run.cookie);
    if (marked === false) this.#unmarked.set(pid, startTime);
    return marked === true;
  }

  async #holdersAmong(candidates: readonly ProcessInfo[]): Promise<ProcessInfo[]> {
    const names = new Set(this.#run.pipes().flatMap((path) => [path, `${path} (deleted)`]));
    if (names.size === 0) return [];
    const holders: ProcessInfo[] = [];
    for (const [index, candidate] of candidates.entries()) {
      if (listOpenFiles(candidate.pid).some((name) => names.has(name))) holders.push(candidate);
      if (index % 50 === 49) await nextTurn();
    }
    return holders;
  }
}

/** No machine gives out all its pids in so short a time. */
const PIDS_LAST_MS = 250;

const NOBODY: ReadonlySet<number> = new Set();
