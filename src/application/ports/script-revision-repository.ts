import type { ScriptRevision } from '../../domain/script/script.js';

/** Every saved state of every script, stored and deleted with it by `ScriptRepository`. A revision that is stored never changes. */
export interface ScriptRevisionRepository {
  /** Stores it unless that revision of that script is there already, or the script is gone. */
  saveOnce(revision: ScriptRevision): Promise<void>;
  find(scriptId: string, revision: number): Promise<ScriptRevision | null>;
}
