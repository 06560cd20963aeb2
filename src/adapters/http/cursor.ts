import type { Cursor } from '../../application/ports/page.js';
import { invalidRequest } from './request-input.js';

/** For callers it is opaque: base64url of `<ISO 8601>,<id>`. */
export const encodeCursor = ({ at, id }: Cursor): string =>
  Buffer.from(`${at.toISOString()},${id}`).toString('base64url');

/** @throws HttpError `request.invalid` for a cursor that no list gave */
export const decodeCursor = (text: string): Cursor => {
  const [time = '', id = ''] = Buffer.from(text, 'base64url').toString().split(',');
  const cursor = { at: new Date(time), id };
  const given = /^[0-9a-f]{24}$/.test(id) && !Number.isNaN(cursor.at.getTime()) && encodeCursor(cursor) === text;
  if (!given) throw invalidRequest([{ path: 'cursor', message: 'must be a nextCursor as a list gave it' }]);
  return cursor;
};
