/** Reaches the execution of a run, wherever it lives. What it cannot reach finds the request in the store. */
export interface RunControl {
  /** Begins to end the run; a second call ends it at once. */
  cancel(runId: string): void;
}
