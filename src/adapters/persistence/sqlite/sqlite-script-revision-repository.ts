import type { ScriptRevisionRepository } from '../../../application/ports/script-revision-repository.js';
import type { ScriptRevision } from '../../../domain/script/script.js';
import { readScriptRevision } from '../rows/script-revision-row.js';
import { fromJson, fromMillis, toJson, toMillis } from './columns.js';
import type { SqliteDatabase } from './sqlite-database.js';

const SAVE = `
  INSERT INTO script_revisions (scriptId, revision, savedAt, script) VALUES (:scriptId, :revision, :savedAt, :script)
  ON CONFLICT DO NOTHING`;
const FIND = 'SELECT * FROM script_revisions WHERE scriptId = :scriptId AND revision = :revision';
const DELETE_ALL = 'DELETE FROM script_revisions WHERE scriptId = :scriptId';

export class SqliteScriptRevisionRepository implements ScriptRevisionRepository {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async saveOnce({ scriptId, revision, savedAt, script }: ScriptRevision): Promise<void> {
    await this.#database.run(SAVE, { scriptId, revision, savedAt: toMillis(savedAt), script: toJson(script) });
  }

  async find(scriptId: string, revision: number): Promise<ScriptRevision | null> {
    const row = this.#database.get(FIND, { scriptId, revision });
    return row ? readScriptRevision({ ...row, savedAt: fromMillis(row.savedAt), script: fromJson(row.script) }) : null;
  }

  async deleteAll(scriptId: string): Promise<void> {
    await this.#database.run(DELETE_ALL, { scriptId });
  }
}
