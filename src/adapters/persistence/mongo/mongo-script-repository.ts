import type { ScriptRepository } from '../../../application/ports/script-repository.js';
import type { AuditEvent } from '../../../domain/audit/audit-event.js';
import { isBroken, type Script, type StoredScript } from '../../../domain/script/script.js';
import { identifierTaken } from '../rows/identifier-taken.js';
import { inBatches } from '../rows/in-batches.js';
import { readScript } from '../rows/script-row.js';
import type { ReportBroken } from './broken-documents.js';
import type { Documents, Fields } from './documents.js';
import { fromStoredId, toRow, toStoredId } from './ids.js';
import { isDuplicateKey } from './mongo-errors.js';
import { HAS_NONE_PENDING, PENDING, pendingOf } from './outbox.js';
import { NOT_DELETED, type ScriptChanges, tombstoneOf } from './script-changes.js';

/**
 * Each change is one conditional write of the script's document that says what has to follow. A document is not changed again before that
 * has followed, so that its revision can be made from it.
 */
export class MongoScriptRepository implements ScriptRepository {
  readonly #scripts: Documents;
  readonly #changes: ScriptChanges;
  readonly #reportBroken: ReportBroken;

  constructor(scripts: Documents, changes: ScriptChanges, reportBroken: ReportBroken) {
    this.#scripts = scripts;
    this.#changes = changes;
    this.#reportBroken = reportBroken;
  }

  async insert(script: Script, event: AuditEvent): Promise<void> {
    const pending = pendingOf(event);
    const document = { _id: toStoredId(script.id), ...fieldsOf(script), [PENDING]: [pending] };
    await refusingTaken(script, () => this.#scripts.insert(document));
    await this.#changes.saved(script, pending);
  }

  async find(id: string): Promise<StoredScript | null> {
    return this.#read(await this.#scripts.findOne({ _id: toStoredId(id), ...NOT_DELETED }));
  }

  /** Where another application left `enabled` out, the script is enabled. */
  async isEnabled(id: string): Promise<boolean> {
    const filter = { _id: toStoredId(id), enabled: { $ne: false }, ...NOT_DELETED };
    return (await this.#scripts.findOne(filter, { projection: { _id: 1 } })) !== null;
  }

  async findByIdentifier(codeIdentifier: string): Promise<StoredScript | null> {
    return this.#read(await this.#scripts.findOne({ codeIdentifier, ...NOT_DELETED }));
  }

  async *list(): AsyncGenerator<readonly StoredScript[]> {
    const heads = await this.#scripts.find(NOT_DELETED, { projection: { createdAt: 1, updatedAt: 1 } });
    const stored = new Map(heads.map(({ _id }) => [fromStoredId(_id), _id])); // of another application, of any type
    const ids = heads
      .map(placeOf)
      .sort(newestFirst)
      .map(({ id }) => id);
    yield* inBatches(ids, async (some) =>
      (await this.#scripts.find({ _id: { $in: some.map((id) => stored.get(id)) }, ...NOT_DELETED })).map((found) =>
        this.#read(found),
      ),
    );
  }

  async update(script: Script, expectedRevision: number, event: AuditEvent | null): Promise<boolean> {
    const pending = pendingOf(event);
    const revision = expectedRevision === 0 ? NONE : expectedRevision;
    const change = { $set: { ...fieldsOf(script), [PENDING]: [pending] } };
    const updated = await this.#change({ _id: toStoredId(script.id), revision }, (filter) =>
      refusingTaken(script, () => this.#scripts.update(filter, change)),
    );
    if (updated) await this.#changes.saved(script, pending);
    return updated;
  }

  async delete(id: string, event: AuditEvent): Promise<boolean> {
    const pending = pendingOf(event);
    const deleted = await this.#change({ _id: toStoredId(id) }, (filter) =>
      this.#scripts.replace(filter, tombstoneOf(id, pending)),
    );
    if (deleted) await this.#changes.deleted(id, pending);
    return deleted;
  }

  /** Makes the change to the script that meets the condition, once what an earlier change has left to do is done. False when none does. */
  async #change(condition: Fields, change: (filter: Fields) => Promise<boolean>): Promise<boolean> {
    const present = { ...condition, ...NOT_DELETED };
    for (;;) {
      if (await change({ ...present, ...HAS_NONE_PENDING })) return true;
      const document = await this.#scripts.findOne(present);
      if (!document) return false;
      await this.#changes.complete(document);
    }
  }

  #read<Found extends Fields | null>(document: Found): StoredScript | (Found & null) {
    if (!document) return document as Found & null;
    const script = readScript(toRow(document));
    if (isBroken(script)) this.#reportBroken(this.#scripts.name, script.id, script.broken);
    return script;
  }
}

/** No revision of Runlet's: absent, as in a document of another application, or nothing that counts as one. */
const NONE = { $not: { $gte: 1 } };

/** `scriptFormat` says how to read `script`; an update may find one that said `base64`. */
const fieldsOf = ({ id: _, ...fields }: Script): Fields => ({ ...fields, scriptFormat: 'string' });

const refusingTaken = async <T>({ codeIdentifier }: Script, write: () => Promise<T>): Promise<T> => {
  try {
    return await write();
  } catch (error) {
    throw isDuplicateKey(error, 'codeIdentifier') ? identifierTaken(codeIdentifier) : error;
  }
};

/** By the same rules as the whole document is read. */
const placeOf = (head: Fields): Pick<StoredScript, 'id' | 'updatedAt'> => readScript(toRow(head));

/** Here and not in MongoDB, since a document without `updatedAt` has its place by the time of its id. */
const newestFirst = (a: Pick<StoredScript, 'id' | 'updatedAt'>, b: Pick<StoredScript, 'id' | 'updatedAt'>): number =>
  b.updatedAt.getTime() - a.updatedAt.getTime() || (a.id < b.id ? 1 : -1);
