import type { SealedValueRepository, StoredSecret } from '../../../application/ports/sealed-value-repository.js';
import type { SealedValue } from '../../../domain/script/env-entry.js';
import { readStoredSecrets } from '../rows/stored-secrets.js';
import { fromJson, toJson } from './columns.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** The pattern spares the parsing of what has no secrets; another text that it fits has none either. */
const LIST = {
  scripts: `
    SELECT id AS scriptId, NULL AS revision, name, env FROM script_definitions WHERE env LIKE '%"sealed":%'`,
  revisions: `
    SELECT scriptId, revision, script ->> '$.name' AS name, script ->> '$.env' AS env FROM script_revisions
    WHERE script LIKE '%"sealed":%' AND json_valid(script)`,
} as const;

const REPLACE_IN_SCRIPT = `
  UPDATE script_definitions SET env = json_set(env, :place, json(:next))
  WHERE id = :scriptId AND json_valid(env) AND json_extract(env, :place || '.ciphertext') = :ciphertext`;

const REPLACE_IN_REVISION = `
  UPDATE script_revisions SET script = json_set(script, :place, json(:next))
  WHERE scriptId = :scriptId AND revision = :revision AND json_extract(script, :place || '.ciphertext') = :ciphertext`;

export class SqliteSealedValueRepository implements SealedValueRepository {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async list(of: 'scripts' | 'revisions'): Promise<readonly StoredSecret[]> {
    return this.#database.all(LIST[of]).flatMap((row) => readStoredSecrets({ ...row, env: fromJson(row.env) }));
  }

  async replace({ scriptId, revision, index, sealed }: StoredSecret, next: SealedValue): Promise<boolean> {
    const change = { scriptId, next: toJson(next), ciphertext: sealed.ciphertext };
    const changed =
      revision === null
        ? await this.#database.run(REPLACE_IN_SCRIPT, { ...change, place: `$[${index}].sealed` })
        : await this.#database.run(REPLACE_IN_REVISION, { ...change, revision, place: `$.env[${index}].sealed` });
    return changed === 1;
  }
}
