import type { Cursor } from '../../../application/ports/page.js';
import type { SqlParams, SqlValue } from './sql-values.js';

/**
 * A list by time then id, both descending: up to `limit + 1` rows after the cursor.
 * @param filters a condition for each field that may be given, its value bound to `:field`.
 * @param values those that are given; undefined ones are not.
 */
export const selectPage = <Field extends string>(
  select: string,
  time: string,
  filters: Readonly<Record<Field, string>>,
  values: Readonly<Partial<Record<Field, SqlValue | undefined>>>,
  { limit, cursor }: { limit: number; cursor: Cursor | undefined },
): { sql: string; params: SqlParams } => {
  const given = (Object.keys(filters) as Field[]).filter((field) => values[field] !== undefined);
  const conditions = given.map((field) => filters[field]);
  if (cursor) conditions.push(`(${time}, id) < (:cursorTime, :cursorId)`);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return {
    sql: `${select} ${where} ORDER BY ${time} DESC, id DESC LIMIT :rows`,
    params: {
      ...(Object.fromEntries(given.map((field) => [field, values[field]])) as SqlParams),
      ...(cursor && { cursorTime: cursor.at.getTime(), cursorId: cursor.id }),
      rows: limit + 1,
    },
  };
};
