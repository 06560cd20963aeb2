import type { ScriptRepository } from '../../../application/ports/script-repository.js';
import type { Script } from '../../../domain/script/script.js';
import { identifierTaken } from '../rows/identifier-taken.js';
import { newestFirst } from './newest-first.js';

export class MemoryScriptRepository implements ScriptRepository {
  readonly #scripts: Map<string, Script>;

  /** @param scripts by id, to be shared with what looks at them otherwise */
  constructor(scripts = new Map<string, Script>()) {
    this.#scripts = scripts;
  }

  async insert(script: Script): Promise<void> {
    this.#requireFree(script);
    if (this.#scripts.has(script.id)) throw new Error(`there is a script ${script.id} already`);
    this.#scripts.set(script.id, structuredClone(script));
  }

  async find(id: string): Promise<Script | null> {
    return structuredClone(this.#scripts.get(id) ?? null);
  }

  async isEnabled(id: string): Promise<boolean> {
    return this.#scripts.get(id)?.enabled ?? false;
  }

  async findByIdentifier(codeIdentifier: string): Promise<Script | null> {
    return structuredClone(this.#withIdentifier(codeIdentifier) ?? null);
  }

  async list(): Promise<readonly Script[]> {
    return structuredClone([...this.#scripts.values()].sort(newestFirst((script) => script.updatedAt)));
  }

  async update(script: Script, expectedRevision: number): Promise<boolean> {
    if (this.#scripts.get(script.id)?.revision !== expectedRevision) return false;
    this.#requireFree(script);
    this.#scripts.set(script.id, structuredClone(script));
    return true;
  }

  async delete(id: string): Promise<boolean> {
    return this.#scripts.delete(id);
  }

  #requireFree({ id, codeIdentifier }: Script): void {
    const holder = this.#withIdentifier(codeIdentifier);
    if (holder && holder.id !== id) throw identifierTaken(codeIdentifier);
  }

  #withIdentifier(codeIdentifier: string): Script | undefined {
    return [...this.#scripts.values()].find((script) => script.codeIdentifier === codeIdentifier);
  }
}
