import type { SealedValueRepository, StoredSecret } from '../../../application/ports/sealed-value-repository.js';
import type { SealedValue } from '../../../domain/script/env-entry.js';
import { readStoredSecrets } from '../rows/stored-secrets.js';
import type { Documents, Fields } from './documents.js';
import { fromStoredId, toStoredId } from './ids.js';

export class MongoSealedValueRepository implements SealedValueRepository {
  readonly #scripts: Documents;
  readonly #revisions: Documents;

  constructor(scripts: Documents, revisions: Documents) {
    this.#scripts = scripts;
    this.#revisions = revisions;
  }

  async list(of: 'scripts' | 'revisions'): Promise<readonly StoredSecret[]> {
    if (of === 'scripts') {
      const projection = { name: 1, env: 1 } as const;
      const found = await this.#scripts.find({ 'env.secret': true }, { projection });
      return found.flatMap(({ _id, name, env }) => readStoredSecrets({ scriptId: fromStoredId(_id), name, env }));
    }
    const projection = { scriptId: 1, revision: 1, 'script.name': 1, 'script.env': 1 } as const;
    const found = await this.#revisions.find({ 'script.env.secret': true }, { projection });
    return found.flatMap(({ scriptId, revision, script }) =>
      readStoredSecrets({ ...(script as Fields), scriptId: fromStoredId(scriptId), revision }),
    );
  }

  replace({ scriptId, revision, index, sealed }: StoredSecret, next: SealedValue): Promise<boolean> {
    const place = `${revision === null ? '' : 'script.'}env.${index}.sealed`;
    const unchanged = { [`${place}.ciphertext`]: sealed.ciphertext };
    const change = { $set: { [place]: next } };
    return revision === null
      ? this.#scripts.update({ _id: toStoredId(scriptId), ...unchanged }, change)
      : this.#revisions.update({ scriptId: toStoredId(scriptId), revision, ...unchanged }, change);
  }
}
