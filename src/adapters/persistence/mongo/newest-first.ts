import { type Cursor, type Page, toPage } from '../../../application/ports/page.js';
import type { Documents, Fields, ReadingMany } from './documents.js';
import { fromStoredId, toStoredId } from './ids.js';

interface Query extends Pick<ReadingMany, 'projection' | 'batchSize' | 'keep'> {
  /** Name of the field with the time. */
  readonly time: string;
  readonly filter: Fields;
  readonly limit: number;
  readonly cursor: Cursor | undefined;
}

/** A page of the documents that have a time, by it and then by `_id`, newest first. */
export const pageNewestFirst = async (documents: Documents, query: Query): Promise<Page<Fields>> =>
  toPage(await findDated(documents, query), query.limit, placeBy(query.time));

/** The same of all documents: those without a time, as another application may have left them, come last, by `_id`. */
export const pageNewestFirstOfAll = async (documents: Documents, query: Query): Promise<Page<Fields>> => {
  const dated = isUndated(query.cursor) ? [] : await findDated(documents, query);
  const undated = dated.length <= query.limit ? await findUndated(documents, query, dated.length) : [];
  return toPage([...dated, ...undated], query.limit, placeBy(query.time));
};

/** Comparisons with a date find dates only. */
const EARLIEST = new Date(-8_640_000_000_000_000);
/** Stands for "no time" in a cursor. */
const UNDATED = new Date(0);

const isUndated = (cursor: Cursor | undefined): cursor is Cursor => cursor?.at.getTime() === UNDATED.getTime();

const findDated = (documents: Documents, { time, filter, limit, cursor, ...reading }: Query): Promise<Fields[]> => {
  const place = cursor
    ? // The first condition alone bounds the walk through the index.
      { [time]: { $lte: cursor.at }, $or: [{ [time]: { $lt: cursor.at } }, idAfter(cursor)] }
    : { [time]: { $gte: EARLIEST } };
  return documents.find({ $and: [filter, place] }, { sort: { [time]: -1, _id: -1 }, limit: limit + 1, ...reading });
};

const findUndated = (documents: Documents, query: Query, found: number): Promise<Fields[]> => {
  const { time, filter, limit, cursor, ...reading } = query;
  const place = { [time]: { $not: { $gte: EARLIEST } }, ...(isUndated(cursor) ? idAfter(cursor) : {}) };
  return documents.find({ $and: [filter, place] }, { sort: { _id: -1 }, limit: limit + 1 - found, ...reading });
};

const idAfter = ({ id }: Cursor): Fields => ({ _id: { $lt: toStoredId(id) } });

const placeBy =
  (time: string) =>
  (document: Fields): Cursor => {
    const at = document[time];
    return { at: at instanceof Date ? at : UNDATED, id: fromStoredId(document._id) };
  };
