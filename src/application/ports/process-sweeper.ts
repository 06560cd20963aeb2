import type { Leftover, ProcessIdentity } from '../../domain/run/script-run.js';

/** Ends what a server that died left running. */
export interface ProcessSweeper {
  /** Ends the processes of one run, and never a stranger that got the same pid. Answers those it found. */
  sweep(process: ProcessIdentity): Promise<readonly Leftover[]>;
}
