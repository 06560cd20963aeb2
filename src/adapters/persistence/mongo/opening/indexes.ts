import { MongoServerError, type Collection, type IndexDescription, type IndexDescriptionInfo } from 'mongodb';
import type { MongoConnection } from '../mongo-connection.js';
import { duplicatesIn } from './duplicates.js';
import { isDuplicateKey } from '../mongo-errors.js';

type Keys = Readonly<Record<string, 1 | -1>>;

export interface Indexes {
  readonly unique: readonly Keys[];
  readonly other: readonly Keys[];
  /** Over the few documents that have the field. */
  readonly sparse?: readonly Keys[];
}

/**
 * Builds what is missing; on a large collection that takes its time.
 * @throws Error that names the documents or the index in the way of a unique one, and says what to do
 */
export const ensureIndexes = async (
  { db, answer }: MongoConnection,
  wanted: Readonly<Record<string, Indexes>>,
): Promise<void> => {
  for (const [name, { unique, other, sparse = [] }] of Object.entries(wanted)) {
    const collection = db.collection(name);
    for (const key of unique) await answer(() => ensureUnique(collection, key), null);
    for (const key of other) await answer(() => ensureIndex(collection, { key }), null);
    for (const key of sparse) await answer(() => ensureIndex(collection, { key, sparse: true }), null);
  }
};

/** Whether a collection is there, and all of its indexes. */
export const lookAtIndexes = async (
  { db, answer }: MongoConnection,
  name: string,
  { unique, other }: Indexes,
): Promise<'whole' | 'without-indexes' | 'gone'> => {
  const present = await answer(() => db.collection(name).indexes().catch(noneOfNone));
  if (present.length === 0) return 'gone'; // every collection has the index of _id
  const has = (key: Keys, isUnique: boolean): boolean =>
    present.some((index) => JSON.stringify(index.key) === JSON.stringify(key) && (!isUnique || index.unique === true));
  return unique.every((key) => has(key, true)) && other.every((key) => has(key, false)) ? 'whole' : 'without-indexes';
};

/** NamespaceNotFound: some servers answer no indexes instead. */
const noneOfNone = (error: unknown): IndexDescriptionInfo[] => {
  if (error instanceof MongoServerError && error.code === 26) return [];
  throw error;
};

const ensureUnique = async (collection: Collection, key: Keys): Promise<void> => {
  try {
    await createIndex(collection, { key: { ...key }, unique: true });
  } catch (error) {
    if (isDuplicateKey(error)) throw new Error(await duplicatesIn(collection, Object.keys(key)), { cause: error });
    const other = isConflict(error) ? await existing(collection, key) : undefined;
    if (!other) throw error;
    if (other.unique && !other.partialFilterExpression) return;
    throw new Error(
      `${collection.collectionName} has the index ${other.name} that is not unique for all documents. ` +
        `Drop it (db.${collection.collectionName}.dropIndex("${other.name}")) and start again`,
      { cause: error },
    );
  }
};

const ensureIndex = async (
  collection: Collection,
  { key, ...options }: { key: Keys; sparse?: true },
): Promise<void> => {
  try {
    await createIndex(collection, { key: { ...key }, ...options });
  } catch (error) {
    if (!isConflict(error) || !(await existing(collection, key))) throw error;
  }
};

const createIndex = (collection: Collection, description: IndexDescription): Promise<unknown> =>
  collection.createIndexes([description]);

/** IndexOptionsConflict and IndexKeySpecsConflict: there is one like it that somebody else made. */
const isConflict = (error: unknown): boolean =>
  error instanceof MongoServerError && [85, 86].includes(Number(error.code));

const existing = async (collection: Collection, key: Keys): Promise<IndexDescriptionInfo | undefined> =>
  (await collection.indexes()).find((index) => JSON.stringify(index.key) === JSON.stringify(key));
