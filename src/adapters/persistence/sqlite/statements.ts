import type Libsql from 'libsql';
import type { Row } from '../rows/row.js';
import { bindable, namesIn, type SqlParams } from './sql-values.js';

interface Prepared {
  readonly statement: Libsql.Statement;
  readonly names: readonly string[];
  readonly kind: StatementKind;
}
type StatementKind = 'query' | 'write' | 'write-returning';

/**
 * The statements of one connection, each prepared once. Each kind has a call of its own, which reads rows to the last one
 * and refuses other kinds: libsql does not report what `Statement.get` fails to commit, and `Statement.run` leaves a
 * statement with RETURNING open. Binary columns of rows are ArrayBuffers.
 */
export class Statements {
  readonly #handle: Libsql.Database;
  readonly #prepared = new Map<string, Prepared>();

  constructor(handle: Libsql.Database) {
    this.#handle = handle;
  }

  /** @throws SqliteError */
  query(sql: string, params: SqlParams = {}): Row[] {
    return this.#call('query', sql, params, (statement, values) => statement.all(values) as Row[]);
  }

  /** @returns how many rows it changed. @throws SqliteError */
  write(sql: string, params: SqlParams = {}): number {
    return this.#call('write', sql, params, (statement, values) => statement.run(values).changes);
  }

  /** @throws SqliteError */
  writeReturning(sql: string, params: SqlParams = {}): Row[] {
    return this.#call('write-returning', sql, params, (statement, values) => statement.all(values) as Row[]);
  }

  #call<T>(
    kind: StatementKind,
    sql: string,
    params: SqlParams,
    call: (statement: Libsql.Statement, values: unknown[]) => T,
  ): T {
    const prepared = this.#prepare(sql);
    if (prepared.kind !== kind) throw new Error(`a ${prepared.kind} statement was used as a ${kind}: ${sql}`);
    const values = prepared.names.map((name) => bindable(name, params[name]));
    try {
      return call(prepared.statement, values);
    } catch (error) {
      // libsql does not reset a statement that failed: it would run again with the values of the call that failed.
      this.#prepared.delete(sql);
      throw error;
    }
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.#handle.prepare(sql);
    const prepared = { statement, names: namesIn(sql), kind: kindOf(sql, statement) };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

/** What gives rows and is no query is a write that answers some. */
const kindOf = (sql: string, statement: Libsql.Statement): StatementKind => {
  if (!statement.reader) return 'write';
  return /^\s*(SELECT|PRAGMA\s+\w+(\(\w+\))?\s*$)/i.test(sql) ? 'query' : 'write-returning';
};
