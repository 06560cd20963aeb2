import type { Collection, Document, OptionalUnlessRequiredId } from 'mongodb';
import type { MongoConnection } from './mongo-connection.js';

/** A document as it is stored: `_id`, ObjectIds, Dates. Nothing of what was read is trusted. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Reading {
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit?: number;
  /** How many of them, in their order, to leave out first. */
  readonly skip?: number;
  /** Names of the fields to read (1) or of those to leave out (0). */
  readonly projection?: Readonly<Record<string, 0 | 1>>;
}

export interface ReadingMany extends Reading {
  /** How many the server sends at once; all of `limit` where it is left out. */
  readonly batchSize?: number;
  /** What is kept of each, as it is read. */
  readonly keep?: (document: Fields) => Fields;
}

/** The few things that the store does with a collection, each answered in time or refused as `store.unavailable`. */
export class Documents {
  readonly name: string;
  readonly #collection: Collection;
  readonly #answer: MongoConnection['answer'];

  constructor({ db, answer }: Pick<MongoConnection, 'db' | 'answer'>, name: string) {
    this.name = name;
    this.#collection = db.collection(name);
    this.#answer = answer;
  }

  findOne(filter: Fields, { sort = {}, projection = {} }: Reading = {}): Promise<Fields | null> {
    return this.#answer(() => this.#collection.findOne(filter, { sort, projection }));
  }

  find(filter: Fields, reading: ReadingMany = {}): Promise<Fields[]> {
    const { sort = {}, limit = 0, skip = 0, projection = {}, keep = asItIs } = reading;
    // One answer for a whole page, where the driver's own batches would begin with 101 documents.
    const { batchSize = limit } = reading;
    const options = { sort, limit, skip, projection, ...(batchSize > 0 ? { batchSize } : {}) };
    return this.#answer(() => this.#collection.find(filter, options).map<Fields>(keep).toArray());
  }

  async insert(document: Fields): Promise<void> {
    await this.#answer(() => this.#collection.insertOne(forDriver(document)));
  }

  /** Stores them in order and stops at the first that cannot be. */
  async insertInOrder(documents: readonly Fields[]): Promise<void> {
    await this.#answer(() => this.#collection.insertMany(documents.map(forDriver), { ordered: true }));
  }

  /** Whether there was one. */
  async update(filter: Fields, update: Fields): Promise<boolean> {
    return (await this.#answer(() => this.#collection.updateOne(filter, update))).matchedCount > 0;
  }

  /** Puts another document in its place. Whether there was one. */
  async replace(filter: Fields, document: Fields): Promise<boolean> {
    return (await this.#answer(() => this.#collection.replaceOne(filter, document))).matchedCount > 0;
  }

  /** The values that a field has, in no order. */
  distinct(field: string): Promise<unknown[]> {
    return this.#answer(() => this.#collection.distinct(field) as Promise<unknown[]>);
  }

  /** The document as it is then; null when there was none. */
  updateAndFind(filter: Fields, update: Fields, { projection = {} }: Reading = {}): Promise<Fields | null> {
    const options = { returnDocument: 'after', projection } as const;
    return this.#answer(() => this.#collection.findOneAndUpdate(filter, update, options));
  }

  /** The document as it is then, made if there was none. @param condition that one that is there has to meet, or its `_id` is a duplicate */
  async upsert(_id: unknown, update: Fields, condition: Fields = {}): Promise<Fields> {
    const stored = await this.#answer(() =>
      this.#collection.findOneAndUpdate({ ...condition, _id } as Document, update, {
        upsert: true,
        returnDocument: 'after',
      }),
    );
    if (stored) return stored;
    throw new Error(`MongoDB answered an upsert in ${this.name} without the document`);
  }

  /** How many there were. */
  async deleteAll(filter: Fields): Promise<number> {
    return (await this.#answer(() => this.#collection.deleteMany(filter))).deletedCount;
  }
}

const asItIs = (document: Fields): Fields => document;

/** A copy: the driver adds `_id` to what it is given. */
const forDriver = (document: Fields): OptionalUnlessRequiredId<Document> => ({ ...document });
