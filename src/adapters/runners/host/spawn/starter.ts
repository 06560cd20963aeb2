import type { SpawnCgroup } from '../containment/cgroup/spawn-cgroup.js';
import type { Environment } from '../environment.js';

/** Starts processes, each the leader of its own session and process group. */
export interface Starter {
  start(start: ProcessStart): PendingStart;
  /** Prepares ahead of need. */
  warm(): void;
  close(): Promise<void>;
}

export interface PendingStart {
  /** @throws StartError when there is no process, `LostStart` when nobody can tell */
  readonly started: Promise<StartedProcess>;
  /**
   * Takes the start back: nobody waits for the process any more. `started` rejects, at once where there will be none, otherwise when it is
   * known. Without effect once `started` has resolved.
   */
  withdraw(): void;
}

export interface ProcessStart {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Environment;
  /** What it gets as descriptors 1, 2, 3 …; 0 is empty. At least one; each is for this start alone. */
  readonly files: readonly GivenFile[];
  /** Where a starter can, it starts this instead. */
  readonly direct?: DirectStart | undefined;
}

/** The same process without the shell of `startCommand` before it. */
export interface DirectStart {
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
  /** How many of the files it gets. */
  readonly files: number;
  /** The shell is needed where one of these files is there. */
  readonly unless: readonly string[];
}

/** A file that this process has open, by a name that is removed when the process has it or there will be none. */
export interface GivenFile {
  readonly fd: number;
  readonly path: string;
  readonly access: 'read' | 'write' | 'append';
  readonly isPipe: boolean;
}

export interface ProcessEnd {
  /** Null when a signal ended it, or when nobody can tell. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface StartedProcess {
  readonly pid: number;
  /** Clock ticks since boot, read before anybody has waited for it; null where there is no /proc. */
  readonly startTime: number | null;
  readonly ended: Promise<ProcessEnd>;
  /** Where it began; null when that is not sure. */
  readonly spawnCgroup: SpawnCgroup | null;
  /** Whether somebody still waits for it, so that `ended` will tell its exit code. */
  isWatched(): boolean;
}

/** A process that could not be started. The message is for a person and holds nothing of the environment or the script. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
  readonly reason: 'spawn-failed' | 'cwd-missing';

  constructor(message: string, reason: StartError['reason'] = 'spawn-failed') {
    super(message);
    this.reason = reason;
  }
}

export const TOLD_TO_END = 'it was told to end before it was started';

/** Whoever was to start the process has died or hangs: there may be a process, which only the run markers tell. */
export class LostStart extends StartError {
  override readonly name = 'LostStart';
}
