import type { ScriptRevisionRepository } from '../../../application/ports/script-revision-repository.js';
import type { ScriptRevision } from '../../../domain/script/script.js';
import { readScriptRevision } from '../rows/script-revision-row.js';
import { fromJson, fromMillis, toJson, toMillis } from './columns.js';
import type { Transaction } from './sqlite-connection.js';
import type { SqliteDatabase } from './sqlite-database.js';

const SAVE = `
  INSERT INTO script_revisions (scriptId, revision, savedAt, script) VALUES (:scriptId, :revision, :savedAt, :script)
  ON CONFLICT DO NOTHING`;
const OWNER = 'SELECT 1 FROM script_definitions WHERE id = :scriptId';
const FIND = 'SELECT * FROM script_revisions WHERE scriptId = :scriptId AND revision = :revision';
const DELETE_ALL = 'DELETE FROM script_revisions WHERE scriptId = :scriptId';
const ORPHANED = 'FROM script_revisions WHERE scriptId NOT IN (SELECT id FROM script_definitions)';

export class SqliteScriptRevisionRepository implements ScriptRevisionRepository {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async saveOnce(revision: ScriptRevision): Promise<void> {
    await this.#database.transaction((transaction) => {
      if (transaction.get(OWNER, { scriptId: revision.scriptId })) saveRevision(transaction, revision);
    });
  }

  async find(scriptId: string, revision: number): Promise<ScriptRevision | null> {
    const row = this.#database.get(FIND, { scriptId, revision });
    return row ? readScriptRevision({ ...row, savedAt: fromMillis(row.savedAt), script: fromJson(row.script) }) : null;
  }
}

/** Stores it unless it is there, together with its script. */
export const saveRevision = (transaction: Transaction, { scriptId, revision, savedAt, script }: ScriptRevision): void =>
  void transaction.run(SAVE, { scriptId, revision, savedAt: toMillis(savedAt), script: toJson(script) });

export const deleteRevisions = (transaction: Transaction, scriptId: string): void =>
  void transaction.run(DELETE_ALL, { scriptId });

/** Runlet 0.1.0 deleted a script before its revisions, and a crash could come between. */
export const deleteOrphanedRevisions = async (database: SqliteDatabase): Promise<void> => {
  if (database.get(`SELECT 1 ${ORPHANED} LIMIT 1`)) await database.run(`DELETE ${ORPHANED}`);
};
