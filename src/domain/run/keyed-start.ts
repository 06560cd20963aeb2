import type { Actor } from '../actor.js';

/** How long a key stands for the start it was first given with, in ms. */
export const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** A start that was asked for under a key of the caller's, so that asking again starts nothing more. */
export interface KeyedStart {
  /** Of one caller: `holderOf` makes it. */
  readonly key: string;
  /** What was asked for; a key stands for one request only. */
  readonly request: string;
  readonly runId: string;
  readonly at: Date;
  /** Whether the run was stored. It may have been deleted since. */
  readonly accepted: boolean;
}

/** The key as one caller's: another's same key is another key. @param key without spaces */
export const holderOf = (key: string, { type, name }: Actor): string => `${key} ${type} ${name}`;

/** Keys from before this have lost their meaning. */
export const keysExpireBefore = (now: Date): Date => new Date(now.getTime() - KEY_LIFETIME_MS);
