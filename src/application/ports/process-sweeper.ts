import type { Leftover, ProcessIdentity, Signalled } from '../../domain/run/script-run.js';

export interface Swept {
  /** All that it found. */
  readonly leftovers: readonly Leftover[];
  /** Null when there was nothing to end. */
  readonly signalled: Signalled | null;
}

/** Ends what a server that died left running. */
export interface ProcessSweeper {
  /**
   * Ends the processes of one run, and never a stranger that got the same pid, nor what a server that lives has started.
   * @param process null when it was not recorded: a crash may have come just before
   * @param token of the claim the run was started under; null when that is not known
   */
  sweep(process: ProcessIdentity | null, token: string | null): Promise<Swept>;
}
