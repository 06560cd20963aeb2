import type { ScriptRun } from '../../domain/run/script-run.js';

/** Where a waiting run is found. */
export type RunPlace = Pick<ScriptRun, 'id' | 'scriptId'>;

/** All that a queue, and whoever executes the run, need of it before it is claimed. */
export interface WaitingRun extends RunPlace {
  readonly meta: { readonly script: Pick<ScriptRun['meta']['script'], 'revision'> };
}

/** A place in the queue, held for a run while it is stored. */
export interface Admission {
  /** Puts the run in its place. */
  put(run: WaitingRun): void;
  /** Gives the place up; does nothing once the run has been put. */
  release(): void;
}

/**
 * Runs that wait for execution, a bounded number at once. Those of one script are first in, first out; scripts take turns, so that one with
 * many waiting runs keeps nobody else's waiting behind all of them.
 */
export interface RunQueue {
  /**
   * Takes a place at once, so that of many who ask at the same time no more are let in than there is room for: one for each free slot
   * and for each run that may wait. Null when there is none.
   */
  admit(): Admission | null;
  /** For a run that was accepted before: it needs no admission. A slot that is free is taken before this returns. */
  put(run: WaitingRun): void;
  /** Takes a waiting run out. False when it was not waiting. */
  remove(run: RunPlace): boolean;
  /** How many runs start before it and itself, if no other comes: 1 is the next. Null when it is not waiting here. */
  positionOf(run: RunPlace): number | null;
  /** Whether it hands out what is put: not before the runs of the last start are taken up, and not when it has been stopped. */
  readonly isOpen: boolean;
  /** Whether a run that is put now would wait. */
  readonly busy: boolean;
  /** How many have been handed out and have not settled. */
  readonly running: number;
  /** How many wait. */
  readonly waiting: number;
  /** Hands runs to `handler` from now on; the slot is free again when its promise settles. */
  consume(handler: (run: WaitingRun) => Promise<void>): void;
  /** Hands out nothing more; resolves when those handed out have settled. */
  stop(): Promise<void>;
}
