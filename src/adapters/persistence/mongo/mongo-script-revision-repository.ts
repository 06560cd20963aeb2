import type { ScriptRevisionRepository } from '../../../application/ports/script-revision-repository.js';
import type { ScriptRevision } from '../../../domain/script/script.js';
import { readScriptRevision } from '../rows/script-revision-row.js';
import type { Documents } from './documents.js';
import { toRow, toStoredId } from './ids.js';
import { isDuplicateKey } from './mongo-errors.js';

export class MongoScriptRevisionRepository implements ScriptRevisionRepository {
  readonly #revisions: Documents;
  readonly #scripts: Documents;

  constructor(revisions: Documents, scripts: Documents) {
    this.#revisions = revisions;
    this.#scripts = scripts;
  }

  async saveOnce(revision: ScriptRevision): Promise<void> {
    if (await this.add(revision)) await this.deleteUnlessOwned(revision.scriptId);
  }

  async find(scriptId: string, revision: number): Promise<ScriptRevision | null> {
    const document = await this.#revisions.findOne({ scriptId: toStoredId(scriptId), revision });
    return document && readScriptRevision(toRow(document));
  }

  /** False when it was there already. */
  async add({ scriptId, revision, savedAt, script }: ScriptRevision): Promise<boolean> {
    const { id: _, ...fields } = script;
    try {
      await this.#revisions.insert({ scriptId: toStoredId(scriptId), revision, savedAt, script: fields });
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
  }

  async deleteAll(scriptId: string): Promise<void> {
    await this.#revisions.deleteAll({ scriptId: toStoredId(scriptId) });
  }

  /**
   * For whoever has added a revision of a script that may have been deleted meanwhile. Either this sees that the script is gone, or its
   * deletion comes later and takes the revision along.
   */
  async deleteUnlessOwned(scriptId: string): Promise<void> {
    const script = { _id: toStoredId(scriptId), runletDeleted: null };
    if (!(await this.#scripts.findOne(script, { projection: { _id: 1 } }))) await this.deleteAll(scriptId);
  }
}
