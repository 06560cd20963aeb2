import type { ScriptRun } from '../../domain/run/script-run.js';

/** All that a queue needs of a run. */
export type WaitingRun = Pick<ScriptRun, 'id' | 'scriptId'>;

/**
 * Runs that wait for execution, a bounded number at once. Those of one script are first in, first out; scripts take turns, so that one with
 * many waiting runs keeps nobody else's waiting behind all of them.
 */
export interface RunQueue {
  /** A slot that is free is taken before this returns. */
  put(run: WaitingRun): void;
  /** Takes a waiting run out. False when it was not waiting. */
  remove(run: WaitingRun): boolean;
  /** How many runs start before it and itself, if no other comes: 1 is the next. Null when it is not waiting here. */
  positionOf(run: WaitingRun): number | null;
  /** Whether a run that is put now would wait. */
  readonly busy: boolean;
  /** How many have been handed out and have not settled. */
  readonly running: number;
  /** How many wait. */
  readonly waiting: number;
  /** Hands runs to `handler` from now on; the slot is free again when its promise settles. */
  consume(handler: (runId: string) => Promise<void>): void;
  /** Hands out nothing more; resolves when those handed out have settled. */
  stop(): Promise<void>;
}
