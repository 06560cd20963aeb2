/** Between the columns of a table and the values they stand for. What is not as it should be goes through, for the parser to name. */

export const toMillis = (time: Date): number => time.getTime();
export const toMillisOrNull = (time: Date | null): number | null => time?.getTime() ?? null;
export const fromMillis = (column: unknown): unknown => (typeof column === 'number' ? new Date(column) : column);

export const toJson = (value: unknown): string => JSON.stringify(value);
export const fromJson = (column: unknown): unknown => {
  if (typeof column !== 'string') return column;
  try {
    return JSON.parse(column) as unknown;
  } catch {
    return column;
  }
};

export const fromFlag = (column: unknown): unknown => (column === 0 || column === 1 ? column === 1 : column);

/** Text that may hold NUL, which SQLite's TEXT is cut off at. */
export const toBlob = (text: string): Buffer => Buffer.from(text, 'utf8');
export const fromBlob = (column: unknown): unknown => {
  if (Buffer.isBuffer(column)) return column.toString('utf8');
  return column instanceof ArrayBuffer ? Buffer.from(column).toString('utf8') : column;
};
