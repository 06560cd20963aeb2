import { ObjectId } from 'mongodb';
import type { Row } from '../rows/row.js';
import type { Fields } from './documents.js';

/** An id as MongoDB keeps it. What is not 24 hex digits stays as it is: another application may have chosen other ids. */
export const toStoredId = (id: string): ObjectId | string => (/^[0-9a-f]{24}$/i.test(id) ? new ObjectId(id) : id);

export const fromStoredId = (id: unknown): string => (id instanceof ObjectId ? id.toHexString() : String(id));

/** The document in the contract's field names and with ids as text. */
export const toRow = ({ _id, ...fields }: Fields): Row => ({
  ...Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof ObjectId ? fromStoredId(value) : value]),
  ),
  id: fromStoredId(_id),
});
