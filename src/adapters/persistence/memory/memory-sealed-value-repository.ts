import type { SealedValueRepository, StoredSecret } from '../../../application/ports/sealed-value-repository.js';
import { isSealed, type SealedValue } from '../../../domain/script/env-entry.js';
import type { Script } from '../../../domain/script/script.js';
import { readStoredSecrets } from '../rows/stored-secrets.js';
import type { RevisionsByScript } from './memory-script-revision-repository.js';

export class MemorySealedValueRepository implements SealedValueRepository {
  readonly #scripts: Map<string, Script>;
  readonly #revisions: RevisionsByScript;

  constructor(scripts: Map<string, Script>, revisions: RevisionsByScript) {
    this.#scripts = scripts;
    this.#revisions = revisions;
  }

  async list(of: 'scripts' | 'revisions'): Promise<readonly StoredSecret[]> {
    const scripts = [...this.#scripts.values()].map((script) => ({ script, revision: null }));
    const revisions = [...this.#revisions.values()].flatMap((saved) => [...saved.values()]);
    return (of === 'scripts' ? scripts : revisions).flatMap(({ script, revision }) =>
      readStoredSecrets({ scriptId: script.id, revision, name: script.name, env: script.env }),
    );
  }

  async replace(secret: StoredSecret, next: SealedValue): Promise<boolean> {
    const { scriptId, revision, index } = secret;
    const saved = revision === null ? undefined : this.#revisions.get(scriptId)?.get(revision);
    const script = saved?.script ?? (revision === null ? this.#scripts.get(scriptId) : undefined);
    const entry = script?.env[index];
    if (!script || !entry || !isSealed(entry) || entry.sealed.ciphertext !== secret.sealed.ciphertext) return false;
    const changed = { ...script, env: script.env.with(index, { ...entry, sealed: { ...next } }) };
    if (saved) this.#revisions.get(scriptId)?.set(saved.revision, { ...saved, script: changed });
    else this.#scripts.set(scriptId, changed);
    return true;
  }
}
