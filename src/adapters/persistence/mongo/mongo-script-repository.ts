import type { ScriptRepository } from '../../../application/ports/script-repository.js';
import { isBroken, type Script, type StoredScript } from '../../../domain/script/script.js';
import { identifierTaken } from '../rows/identifier-taken.js';
import { readScript } from '../rows/script-row.js';
import type { ReportBroken } from './broken-documents.js';
import type { Documents, Fields } from './documents.js';
import { toRow, toStoredId } from './ids.js';
import { isDuplicateKey } from './mongo-errors.js';

export class MongoScriptRepository implements ScriptRepository {
  readonly #scripts: Documents;
  readonly #reportBroken: ReportBroken;

  constructor(scripts: Documents, reportBroken: ReportBroken) {
    this.#scripts = scripts;
    this.#reportBroken = reportBroken;
  }

  async insert(script: Script): Promise<void> {
    await refusingTaken(script, () => this.#scripts.insert({ _id: toStoredId(script.id), ...fieldsOf(script) }));
  }

  async find(id: string): Promise<StoredScript | null> {
    return this.#read(await this.#scripts.findOne({ _id: toStoredId(id) }));
  }

  /** Where another application left `enabled` out, the script is enabled. */
  async isEnabled(id: string): Promise<boolean> {
    const filter = { _id: toStoredId(id), enabled: { $ne: false } };
    return (await this.#scripts.findOne(filter, { projection: { _id: 1 } })) !== null;
  }

  async findByIdentifier(codeIdentifier: string): Promise<StoredScript | null> {
    return this.#read(await this.#scripts.findOne({ codeIdentifier }));
  }

  async list(): Promise<readonly StoredScript[]> {
    const documents = await this.#scripts.find({});
    return documents.map((document) => this.#read(document)).sort(newestFirst);
  }

  async update(script: Script, expectedRevision: number): Promise<boolean> {
    const filter = { _id: toStoredId(script.id), revision: expectedRevision === 0 ? NONE : expectedRevision };
    return refusingTaken(script, () => this.#scripts.update(filter, { $set: fieldsOf(script) }));
  }

  async delete(id: string): Promise<boolean> {
    return (await this.#scripts.deleteAll({ _id: toStoredId(id) })) > 0;
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

/** Here and not in MongoDB, since a document without `updatedAt` has its place by the time of its id. */
const newestFirst = (a: StoredScript, b: StoredScript): number =>
  b.updatedAt.getTime() - a.updatedAt.getTime() || (a.id < b.id ? 1 : -1);
