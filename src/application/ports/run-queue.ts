/** Ids of runs that wait for execution: first in, first out, a bounded number at once. */
export interface RunQueue {
  /** A slot that is free is taken before this returns. */
  put(runId: string): void;
  /** Takes a waiting run out. False when it was not waiting. */
  remove(runId: string): boolean;
  /** Whether a run that is put now would wait. */
  readonly busy: boolean;
  /** How many wait. */
  readonly waiting: number;
  /** Hands runs to `handler` from now on; the slot is free again when its promise settles. */
  consume(handler: (runId: string) => Promise<void>): void;
  /** Hands out nothing more; resolves when those handed out have settled. */
  stop(): Promise<void>;
}
