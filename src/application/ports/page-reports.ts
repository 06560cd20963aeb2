import type { OutputStream } from '../../domain/run/run-event.js';
import type { FinalStatus, ScriptRun } from '../../domain/run/script-run.js';

/** What a page tells of a browser script that it runs. */
export interface PageReport {
  /** Counts the reports on a run from 1. One that was taken already, and is sent again, changes nothing. */
  readonly part: number;
  readonly pieces: readonly { readonly stream: OutputStream; readonly line: string }[];
  /** Bytes of output that the page did not pass on. */
  readonly droppedBytes: number;
  /** How the script ended; absent while it runs. */
  readonly end?: PageEnd | undefined;
}

export interface PageEnd {
  readonly status: FinalStatus;
  readonly message?: string | undefined;
  /** JSON value that the script ended with. */
  readonly result?: unknown;
}

/** Takes what pages report to the executions of their runs. A run whose page falls silent ends as `interrupted`. */
export interface PageReports {
  /** Takes reports on the run from now on; what comes before its execution begins waits for it. */
  expect(run: Pick<ScriptRun, 'id' | 'meta'>): void;
  /**
   * Resolves when the page may send more. Nobody takes reports on a run whose execution is not here, or is over; a report that comes
   * before its turn is not taken, and `expected` is the part whose turn it is.
   */
  take(runId: string, report: PageReport): Promise<'taken' | 'nobody' | { readonly expected: number }>;
}
