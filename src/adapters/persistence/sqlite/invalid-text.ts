import { isUtf8 } from 'node:buffer';
import type { SqliteConnection, Transaction } from './sqlite-connection.js';

/**
 * Replaces what is not UTF-8 in texts by U+FFFD. SQLite stores any bytes as text that another program gives it, and libsql ends the
 * process that reads them. Reads all texts.
 * @returns what was replaced, a line for each column
 * @throws SqliteError
 */
export const replaceInvalidText = (connection: SqliteConnection): string[] => {
  const columns = connection
    .all(TEXT_COLUMNS)
    .map(({ table, column }) => new TextColumn(String(table), String(column)));
  const damaged = columns.filter((column) => !column.isSoundIn(connection));
  if (damaged.length === 0) return [];
  return connection.transact((transaction) =>
    damaged.map((column) => {
      const values = column.invalidIn(transaction);
      for (const value of values) column.replaceIn(transaction, value);
      const texts = values.length === 1 ? '1 text' : `${values.length} texts`;
      return `${column.name}: ${texts} of another program held bytes that are not UTF-8; U+FFFD has taken their place`;
    }),
  );
};

const TEXT_COLUMNS = `
  SELECT tables.name AS "table", columns.name AS "column"
  FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
  WHERE tables.type = 'table' AND columns.type = 'TEXT'`;

class TextColumn {
  readonly name: string;
  readonly #table: string;
  readonly #column: string;

  constructor(table: string, column: string) {
    this.name = `${table}.${column}`;
    this.#table = `"${table}"`;
    this.#column = `"${column}"`;
  }

  /** Looks at all values in one piece, which is faster than a row for each. */
  isSoundIn(database: Pick<Transaction, 'all'>): boolean {
    const all = `CAST(group_concat(${this.#column}, char(10)) AS BLOB)`;
    return database.all(`SELECT ${all} AS bytes FROM ${this.#table}`).every(({ bytes }) => isSound(bytes));
  }

  /** The different values that are not UTF-8. */
  invalidIn(database: Pick<Transaction, 'all'>): Buffer[] {
    return database
      .all(`SELECT DISTINCT CAST(${this.#column} AS BLOB) AS bytes FROM ${this.#table}`)
      .filter(({ bytes }) => !isSound(bytes))
      .map(({ bytes }) => Buffer.from(bytes as ArrayBuffer));
  }

  replaceIn(transaction: Transaction, bytes: Buffer): void {
    const update = `UPDATE ${this.#table} SET ${this.#column} = :text WHERE CAST(${this.#column} AS BLOB) = :bytes`;
    transaction.run(update, { text: bytes.toString(), bytes });
  }
}

/** @param bytes null where there is no text */
const isSound = (bytes: unknown): boolean => bytes === null || isUtf8(bytes as ArrayBuffer);
