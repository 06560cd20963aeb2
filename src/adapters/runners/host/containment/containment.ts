import type { EndingPhase } from '../../../../domain/run/run-event.js';
import type { Leftover, ProcessIdentity, Signalled } from '../../../../domain/run/script-run.js';
import type { ProcessInfo } from '../../process/process-table.js';
import type { SpawnCgroup } from './cgroup/spawn-cgroup.js';

/** What belongs to one run, and how it is ended. Nothing here rejects. */
export interface Containment {
  /** Path of the run's cgroup, to be stored with the run; null without one. */
  readonly cgroup: string | null;
  /** All processes of the run that are alive, looked up at every call. */
  members(): Promise<readonly ProcessInfo[]>;
  /** Whether no process of the run is left. Cheaper than `members` where a cgroup tells. */
  isEmpty(): Promise<boolean>;
  /** Ends all members: TERM, after the grace KILL, until two looks in a row find none, for at most 10 s after the grace. */
  end(grace: Grace): Promise<Ended>;
  /** Stops containing. What still runs goes on as if it had never been contained. */
  dissolve(): Promise<void>;
}

export interface Grace {
  /** Between TERM and KILL. */
  readonly ms: number;
  /** Aborted: no (more) grace. */
  readonly kill?: AbortSignal;
  readonly phase?: (phase: EndingPhase) => void;
}

export interface Ended {
  /** All members that were seen, and whether they are gone. */
  readonly found: readonly Leftover[];
  /** Null when there was none. */
  readonly signalled: Signalled | null;
}

/** pid and start time (clock ticks since boot) together name a process for as long as the machine is up. */
export type KnownProcess = Pick<ProcessInfo, 'pid' | 'startTime'>;

/** A process that this server has just started, the leader of its own session and group. */
export interface Contained {
  /** Names its cgroup; letters and digits, different from those of all other runs. */
  readonly name: string;
  readonly pid: number;
  /** Clock ticks since boot; null where there is no /proc. */
  readonly startTime: number | null;
  /** The environment cookie of the run markers. */
  readonly cookie: string;
  /** The cgroup in which the process began; null when it is not known. */
  readonly spawnCgroup: SpawnCgroup | null;
  /** Names of the pipes that only the run writes to, while they are read. */
  readonly pipes: () => readonly string[];
}

/** The process as it is stored with its run. */
export const toLeftover = ({ pid, command, startTime }: ProcessInfo, ended: boolean): Leftover => ({
  pid,
  command,
  ended,
  ...(startTime > 0 && { startTime: String(startTime) }), // a process group has none
});

/** Contains runs in the one way that was chosen at start. */
export interface Containments {
  readonly kind: 'cgroup' | 'proc' | 'process-group';
  /** The cgroup below which each run gets its own; null without. */
  readonly cgroupParent: string | null;
  /** At once. A cgroup closes around the process in the background. */
  enclose(contained: Contained): Containment;
  /** For a process that waits. Once `closed` has resolved, everything that the process starts is inside, whatever it does. */
  encloseWaiting(contained: Contained): { readonly containment: Containment; readonly closed: Promise<void> };
  /**
   * A run of a server that is gone, or one that was dissolved. Null when its processes cannot be told from strangers, or are of a server that
   * lives.
   * @param known processes that were seen to belong to it, whatever they have of its markers
   */
  recover(identity: ProcessIdentity, known?: readonly KnownProcess[]): Containment | null;
  /** Removes what servers that were killed have left. */
  tidy(): Promise<void>;
}
