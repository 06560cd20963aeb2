import type { ScriptRevisionRepository } from '../../../application/ports/script-revision-repository.js';
import type { ScriptRevision } from '../../../domain/script/script.js';

export type RevisionsByScript = Map<string, Map<number, ScriptRevision>>;

export class MemoryScriptRevisionRepository implements ScriptRevisionRepository {
  readonly #byScript: RevisionsByScript;

  /** @param byScript to be shared with what looks at them otherwise */
  constructor(byScript: RevisionsByScript = new Map()) {
    this.#byScript = byScript;
  }

  async saveOnce(revision: ScriptRevision): Promise<void> {
    const saved = this.#byScript.get(revision.scriptId) ?? new Map<number, ScriptRevision>();
    this.#byScript.set(revision.scriptId, saved);
    if (!saved.has(revision.revision)) saved.set(revision.revision, structuredClone(revision));
  }

  async find(scriptId: string, revision: number): Promise<ScriptRevision | null> {
    return structuredClone(this.#byScript.get(scriptId)?.get(revision) ?? null);
  }

  async deleteAll(scriptId: string): Promise<void> {
    this.#byScript.delete(scriptId);
  }
}
