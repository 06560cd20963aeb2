/** What may be bound. libsql ends the whole process when it is given an object, and takes `undefined` for null. */
export type SqlValue = null | number | string | Buffer;

/** A value for each `:name` of a statement; names that the statement has not are ignored. */
export type SqlParams = Readonly<Record<string, SqlValue>>;

/** The names that a statement binds, in the order in which SQLite numbers them. */
export const namesIn = (sql: string): readonly string[] => [
  ...new Set(Array.from(sql.matchAll(/:([A-Za-z]\w*)/g), ([, name = '']) => name)),
];

/** @throws TypeError naming the value that cannot be bound */
export const bindable = (name: string, value: unknown): SqlValue => {
  if (value === null || typeof value === 'string' || typeof value === 'number' || Buffer.isBuffer(value)) return value;
  throw new TypeError(`:${name} cannot be stored: it is ${typeof value}`);
};
