import type { Leftover, ProcessIdentity, Signalled } from '../../domain/run/script-run.js';

export interface Swept {
  /** All that it found. */
  readonly leftovers: readonly Leftover[];
  /** Null when there was nothing to end. */
  readonly signalled: Signalled | null;
}

/** Leftovers that can be told from strangers. */
export interface ReachedLeftovers {
  /** Ends those that still run, with what they have started: TERM, after the grace KILL. Answers the pids of all that are gone then. */
  end(): Promise<readonly number[]>;
}

/** Ends what a server that died, or a script that ended by itself, left running. */
export interface ProcessSweeper {
  /**
   * Ends the processes of one run, and never a stranger that got the same pid, nor what a server that lives has started.
   * @param process null when it was not recorded: a crash may have come just before
   * @param token of the claim the run was started under; null when that is not known
   */
  sweep(process: ProcessIdentity | null, token: string | null): Promise<Swept>;
  /**
   * Looks for what a run has left running, and ends nothing yet. `machine-restarted`: the machine was started anew since, or is another one.
   * `out-of-reach`: they are of a server that lives, may be of another container, or cannot be told from strangers.
   * @param process @param token as for `sweep`
   */
  reach(
    process: ProcessIdentity | null,
    token: string | null,
    leftovers: readonly Leftover[],
  ): Promise<ReachedLeftovers | 'machine-restarted' | 'out-of-reach'>;
}
