import type { Collection, Document } from 'mongodb';

/** What is on several documents though it must be on one, for the operator who has to mend it. */
export const duplicatesIn = async (collection: Collection, fields: readonly string[]): Promise<string> => {
  const groups = await collection
    .aggregate<Group>([
      { $group: { _id: groupId(fields), ids: { $push: '$_id' }, count: { $sum: 1 } } },
      { $match: { count: { $gt: 1 } } },
      { $sort: { _id: 1 } },
      { $limit: MOST_NAMED },
    ])
    .toArray();
  const named = groups.map(({ _id, ids, count }) => `${valueOf(_id, fields)} is on ${count} documents (${some(ids)})`);
  return (
    `In the MongoDB collection ${collection.collectionName} each ${fields.join(' and ')} must be on one document only, but ` +
    `${named.join('; ')}${groups.length === MOST_NAMED ? '; and perhaps more' : ''}. ` +
    'Change or delete all but one of each and start again'
  );
};

interface Group {
  readonly _id: Document;
  readonly ids: readonly unknown[];
  readonly count: number;
}

const MOST_NAMED = 10;

const groupId = (fields: readonly string[]): Document =>
  Object.fromEntries(fields.map((field) => [field, `$${field}`]));

const valueOf = (group: Document, fields: readonly string[]): string =>
  fields.map((field) => (group[field] == null ? `no ${field}` : `${field} "${String(group[field])}"`)).join(' with ');

const some = (ids: readonly unknown[]): string =>
  ids.slice(0, MOST_NAMED).map(String).join(', ') + (ids.length > MOST_NAMED ? ', …' : '');
