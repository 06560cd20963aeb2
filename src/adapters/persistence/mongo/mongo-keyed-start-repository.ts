import type { KeyedStartRepository } from '../../../application/ports/keyed-start-repository.js';
import type { KeyedStart } from '../../../domain/run/keyed-start.js';
import { readKeyedStart } from '../rows/keyed-start-row.js';
import type { Documents, Fields } from './documents.js';
import { toRow, toStoredId } from './ids.js';
import { isDuplicateKey } from './mongo-errors.js';

/** The key is `_id`, which is unique without an index of ours. */
export class MongoKeyedStartRepository implements KeyedStartRepository {
  readonly #starts: Documents;

  constructor(starts: Documents) {
    this.#starts = starts;
  }

  async find(key: string): Promise<KeyedStart | null> {
    const document = await this.#starts.findOne({ _id: key });
    return document && fromDocument(document);
  }

  async hold(start: KeyedStart, expiry: Date): Promise<KeyedStart> {
    const { key, runId, ...fields } = start;
    try {
      const held = await this.#starts.upsert(
        key,
        { $set: { ...fields, runId: toStoredId(runId) } },
        { at: { $lt: expiry } },
      );
      return fromDocument(held) ?? start;
    } catch (error) {
      // What is there is too young for the condition, so that it was to be inserted beside it.
      if (!isDuplicateKey(error)) throw error;
      return (await this.find(key)) ?? start;
    }
  }

  async markAccepted(key: string, runId: string): Promise<void> {
    await this.#starts.update({ _id: key, runId: toStoredId(runId) }, { $set: { accepted: true } });
  }

  async forgetBefore(time: Date): Promise<void> {
    await this.#starts.deleteAll({ at: { $lt: time } });
  }
}

const fromDocument = (document: Fields): KeyedStart | null => {
  const { id, ...row } = toRow(document);
  return readKeyedStart({ ...row, key: id });
};
