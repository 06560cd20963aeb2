import type { ScriptRevision } from '../../domain/script/script.js';

/** Every saved state of every script. A revision that is stored never changes. */
export interface ScriptRevisionRepository {
  /** Stores it unless that revision of that script is there already. */
  saveOnce(revision: ScriptRevision): Promise<void>;
  find(scriptId: string, revision: number): Promise<ScriptRevision | null>;
  deleteAll(scriptId: string): Promise<void>;
}
