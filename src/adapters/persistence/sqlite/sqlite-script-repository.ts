import type { ScriptRepository } from '../../../application/ports/script-repository.js';
import type { AuditEvent } from '../../../domain/audit/audit-event.js';
import { revisionOf, type Script, type StoredScript } from '../../../domain/script/script.js';
import { identifierTaken } from '../rows/identifier-taken.js';
import { inBatches } from '../rows/in-batches.js';
import type { Row } from '../rows/row.js';
import { readScript } from '../rows/script-row.js';
import { fromFlag, fromJson, fromMillis, toJson, toMillis } from './columns.js';
import type { SqlParams } from './sql-values.js';
import { appendEvent } from './sqlite-audit-repository.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { sqliteCodeOf } from './sqlite-error.js';
import { deleteRevisions, saveRevision } from './sqlite-script-revision-repository.js';

const INSERT = `
  INSERT INTO script_definitions (
    id, name, codeIdentifier, description, type, runner, defaultWorkingDirectory, env, timeoutMs, enabled, confirm, revision,
    createdAt, updatedAt, script
  ) VALUES (
    :id, :name, :codeIdentifier, :description, :type, :runner, :defaultWorkingDirectory, :env, :timeoutMs, :enabled, :confirm,
    :revision, :createdAt, :updatedAt, :script
  )`;

const UPDATE = `
  UPDATE script_definitions SET
    name = :name, codeIdentifier = :codeIdentifier, description = :description, type = :type, runner = :runner,
    defaultWorkingDirectory = :defaultWorkingDirectory, env = :env, timeoutMs = :timeoutMs, enabled = :enabled,
    confirm = :confirm, revision = :revision, createdAt = :createdAt, updatedAt = :updatedAt, script = :script
  WHERE id = :id AND revision = :expectedRevision`;

const FIND = 'SELECT * FROM script_definitions WHERE id = :id';
const IS_ENABLED = 'SELECT 1 FROM script_definitions WHERE id = :id AND enabled <> 0';
const FIND_BY_IDENTIFIER = 'SELECT * FROM script_definitions WHERE codeIdentifier = :codeIdentifier';
const LIST = 'SELECT id FROM script_definitions ORDER BY updatedAt DESC, id DESC';
const DELETE = 'DELETE FROM script_definitions WHERE id = :id';

export class SqliteScriptRepository implements ScriptRepository {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async insert(script: Script, event: AuditEvent): Promise<void> {
    await this.#store(INSERT, script, event);
  }

  async find(id: string): Promise<StoredScript | null> {
    return fromRow(this.#database.get(FIND, { id }));
  }

  async isEnabled(id: string): Promise<boolean> {
    return this.#database.get(IS_ENABLED, { id }) !== undefined;
  }

  async findByIdentifier(codeIdentifier: string): Promise<StoredScript | null> {
    return fromRow(this.#database.get(FIND_BY_IDENTIFIER, { codeIdentifier }));
  }

  async *list(): AsyncGenerator<readonly StoredScript[]> {
    const ids = this.#database.all(LIST).map((row) => String(row.id));
    yield* inBatches(ids, async (some) => some.flatMap((id) => fromRow(this.#database.get(FIND, { id })) ?? []));
  }

  update(script: Script, expectedRevision: number, event: AuditEvent | null): Promise<boolean> {
    return this.#store(UPDATE, script, event, { expectedRevision });
  }

  delete(id: string, event: AuditEvent): Promise<boolean> {
    return this.#database.transaction((transaction) => {
      if (transaction.run(DELETE, { id }) === 0) return false;
      deleteRevisions(transaction, id);
      appendEvent(transaction, event);
      return true;
    });
  }

  async #store(sql: string, script: Script, event: AuditEvent | null, condition: SqlParams = {}): Promise<boolean> {
    try {
      return await this.#database.transaction((transaction) => {
        if (transaction.run(sql, { ...toColumns(script), ...condition }) === 0) return false;
        saveRevision(transaction, revisionOf(script));
        if (event) appendEvent(transaction, event);
        return true;
      });
    } catch (error) {
      // The primary key has a code of its own: this is the identifier's index, the only unique one.
      if (sqliteCodeOf(error) === 'SQLITE_CONSTRAINT_UNIQUE') throw identifierTaken(script.codeIdentifier);
      throw error;
    }
  }
}

const toColumns = (script: Script): SqlParams => ({
  ...script,
  env: toJson(script.env),
  enabled: Number(script.enabled),
  confirm: Number(script.confirm),
  createdAt: toMillis(script.createdAt),
  updatedAt: toMillis(script.updatedAt),
});

const fromRow = (row: Row | undefined): StoredScript | null => (row ? readScript(toDocument(row)) : null);

const toDocument = (row: Row): Row => ({
  ...row,
  env: fromJson(row.env),
  enabled: fromFlag(row.enabled),
  confirm: fromFlag(row.confirm),
  createdAt: fromMillis(row.createdAt),
  updatedAt: fromMillis(row.updatedAt),
});
