import type { KeyedStart } from '../../domain/run/keyed-start.js';

/** Keeps under which keys runs were started. */
export interface KeyedStartRepository {
  find(key: string): Promise<KeyedStart | null>;
  /**
   * Takes the key, unless a start from `expiry` on holds it; answers the start that holds it then. One conditional write: of many that race
   * for a key, all are answered the same start.
   */
  hold(start: KeyedStart, expiry: Date): Promise<KeyedStart>;
  /** Notes that the run was stored. Does nothing unless `runId` is what the key stands for. */
  markAccepted(key: string, runId: string): Promise<void>;
  forgetBefore(time: Date): Promise<void>;
}
