import type { ScriptRepository } from '../../../application/ports/script-repository.js';
import type { AuditEvent } from '../../../domain/audit/audit-event.js';
import { revisionOf, type Script, type StoredScript } from '../../../domain/script/script.js';
import { identifierTaken } from '../rows/identifier-taken.js';
import { inBatches } from '../rows/in-batches.js';
import type { MemoryAuditRepository } from './memory-audit-repository.js';
import type { MemoryScriptRevisionRepository } from './memory-script-revision-repository.js';
import { newestFirst } from './newest-first.js';

interface Needs {
  /** By id, shared with what looks at them otherwise. */
  readonly scripts: Map<string, Script>;
  readonly revisions: MemoryScriptRevisionRepository;
  readonly audit: MemoryAuditRepository;
}

/** Each change is made in one turn of the event loop. */
export class MemoryScriptRepository implements ScriptRepository {
  readonly #scripts: Map<string, Script>;
  readonly #revisions: MemoryScriptRevisionRepository;
  readonly #audit: MemoryAuditRepository;

  constructor({ scripts, revisions, audit }: Needs) {
    this.#scripts = scripts;
    this.#revisions = revisions;
    this.#audit = audit;
  }

  async insert(script: Script, event: AuditEvent): Promise<void> {
    this.#requireFree(script);
    if (this.#scripts.has(script.id)) throw new Error(`there is a script ${script.id} already`);
    this.#store(script, event);
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

  list(): AsyncIterable<readonly StoredScript[]> {
    const ids = [...this.#scripts.values()].sort(newestFirst((script) => script.updatedAt)).map(({ id }) => id);
    return inBatches(ids, async (some) => structuredClone(some.flatMap((id) => this.#scripts.get(id) ?? [])));
  }

  async update(script: Script, expectedRevision: number, event: AuditEvent | null): Promise<boolean> {
    if (this.#scripts.get(script.id)?.revision !== expectedRevision) return false;
    this.#requireFree(script);
    this.#store(script, event);
    return true;
  }

  async delete(id: string, event: AuditEvent): Promise<boolean> {
    if (!this.#scripts.delete(id)) return false;
    this.#revisions.deleteAll(id);
    this.#audit.add(event);
    return true;
  }

  #store(script: Script, event: AuditEvent | null): void {
    this.#scripts.set(script.id, structuredClone(script));
    this.#revisions.addOnce(revisionOf(script));
    if (event) this.#audit.add(event);
  }

  #requireFree({ id, codeIdentifier }: Script): void {
    const holder = this.#withIdentifier(codeIdentifier);
    if (holder && holder.id !== id) throw identifierTaken(codeIdentifier);
  }

  #withIdentifier(codeIdentifier: string): Script | undefined {
    return [...this.#scripts.values()].find((script) => script.codeIdentifier === codeIdentifier);
  }
}
