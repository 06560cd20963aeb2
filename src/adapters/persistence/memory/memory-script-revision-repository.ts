import type { ScriptRevisionRepository } from '../../../application/ports/script-revision-repository.js';
import type { Script, ScriptRevision } from '../../../domain/script/script.js';

export type RevisionsByScript = Map<string, Map<number, ScriptRevision>>;

export class MemoryScriptRevisionRepository implements ScriptRevisionRepository {
  readonly #scripts: ReadonlyMap<string, Script>;
  readonly #byScript: RevisionsByScript;

  /** @param scripts by id. @param byScript is shared with what looks at them otherwise */
  constructor(scripts: ReadonlyMap<string, Script>, byScript: RevisionsByScript) {
    this.#scripts = scripts;
    this.#byScript = byScript;
  }

  async saveOnce(revision: ScriptRevision): Promise<void> {
    if (this.#scripts.has(revision.scriptId)) this.addOnce(revision);
  }

  async find(scriptId: string, revision: number): Promise<ScriptRevision | null> {
    return structuredClone(this.#byScript.get(scriptId)?.get(revision) ?? null);
  }

  addOnce(revision: ScriptRevision): void {
    const saved = this.#byScript.get(revision.scriptId) ?? new Map<number, ScriptRevision>();
    this.#byScript.set(revision.scriptId, saved);
    if (!saved.has(revision.revision)) saved.set(revision.revision, structuredClone(revision));
  }

  deleteAll(scriptId: string): void {
    this.#byScript.delete(scriptId);
  }
}
