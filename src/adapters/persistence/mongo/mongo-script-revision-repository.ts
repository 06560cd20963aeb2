import type { ScriptRevisionRepository } from '../../../application/ports/script-revision-repository.js';
import type { ScriptRevision } from '../../../domain/script/script.js';
import { readScriptRevision } from '../rows/script-revision-row.js';
import type { Documents } from './documents.js';
import { toRow, toStoredId } from './ids.js';
import { isDuplicateKey } from './mongo-errors.js';

export class MongoScriptRevisionRepository implements ScriptRevisionRepository {
  readonly #revisions: Documents;

  constructor(revisions: Documents) {
    this.#revisions = revisions;
  }

  async saveOnce({ scriptId, revision, savedAt, script }: ScriptRevision): Promise<void> {
    const { id: _, ...fields } = script;
    try {
      await this.#revisions.insert({ scriptId: toStoredId(scriptId), revision, savedAt, script: fields });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async find(scriptId: string, revision: number): Promise<ScriptRevision | null> {
    const document = await this.#revisions.findOne({ scriptId: toStoredId(scriptId), revision });
    return document && readScriptRevision(toRow(document));
  }

  async deleteAll(scriptId: string): Promise<void> {
    await this.#revisions.deleteAll({ scriptId: toStoredId(scriptId) });
  }
}
