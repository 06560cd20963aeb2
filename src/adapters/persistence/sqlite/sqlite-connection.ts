import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import Libsql from 'libsql';
import type { Row } from '../rows/row.js';
import { bindable, namesIn, type SqlParams } from './sql-values.js';
import { isBusy } from './sqlite-error.js';

/**
 * Of 4 KiB, that the WAL grows to before a commit takes it into the database. That waits for the disk, and this process
 * with it.
 */
const CHECKPOINT_PAGES = 4000;

/** What the work of a transaction may do with the database, and nobody afterwards. */
export interface Transaction {
  /** The first row of a query. */
  readonly get: (sql: string, params?: SqlParams) => Row | undefined;
  readonly all: (sql: string, params?: SqlParams) => Row[];
  /** A write without RETURNING. @returns how many rows it changed */
  readonly run: (sql: string, params?: SqlParams) => number;
  /** A write with RETURNING. @returns the first row that it changed, as it is then */
  readonly change: (sql: string, params?: SqlParams) => Row | undefined;
  /** Statements without values or rows. */
  readonly exec: (sql: string) => void;
}

interface Prepared {
  readonly statement: Libsql.Statement;
  readonly names: readonly string[];
  readonly kind: StatementKind;
}
type StatementKind = 'query' | 'write' | 'write-returning';

/**
 * One connection, used synchronously; it never waits for a lock. Each statement is prepared once. Binary columns of
 * rows are ArrayBuffers.
 *
 * libsql does not report a failed commit of what `Statement.get` and, with RETURNING, `Statement.run` execute, and
 * leaves a statement that met a lock holding its connection at what the database was then. Therefore all writes are
 * explicit transactions, begun and committed by `exec`, and rows are read to the last one.
 */
export class SqliteConnection {
  readonly #file: string;
  /** The file that was opened first; another in its place is another database. */
  readonly #inode: number;
  readonly #prepared = new Map<string, Prepared>();
  readonly #transaction: Transaction;
  #handle: Libsql.Database;
  #writing = false;

  /** @throws SqliteError, or Error when there is no such file: it is never made */
  constructor(file: string) {
    this.#file = file;
    this.#inode = statSync(file).ino;
    this.#handle = this.#connect();
    this.#transaction = {
      get: (sql, params) => this.all(sql, params)[0],
      all: (sql, params) => this.all(sql, params),
      run: (sql, params) => this.#write('write', sql, params, (statement, values) => statement.run(values).changes),
      change: (sql, params) =>
        this.#write('write-returning', sql, params, (statement, values) => statement.all(values) as Row[])[0],
      exec: (sql) => {
        this.#requireWriting();
        this.#handle.exec(sql);
      },
    };
  }

  /** For SELECT and the like only. @throws SqliteError */
  all(sql: string, params: SqlParams = {}): Row[] {
    return this.#call('query', sql, params, (statement, values) => statement.all(values) as Row[]);
  }

  /**
   * All of `work` or nothing: what it answers is stored when this returns.
   * @throws SqliteError, or what `work` throws; nothing has changed then
   */
  transact<T>(work: (transaction: Transaction) => T): T {
    this.#begin();
    this.#writing = true;
    try {
      const result = work(this.#transaction);
      if (result instanceof Promise) throw new TypeError('the work of a transaction must not wait');
      this.#handle.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#writing = false;
    }
  }

  /** Takes the WAL into the database and truncates it, as far as nobody reads it. */
  checkpoint(): void {
    this.#handle.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#prepared.clear();
    this.#handle.close();
  }

  #begin(): void {
    try {
      this.#handle.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (this.#handle.inTransaction || !isBusy(error)) this.#reconnect();
      throw error;
    }
  }

  /** SQLite rolls back by itself after some errors. */
  #rollBack(): void {
    try {
      if (this.#handle.inTransaction) this.#handle.exec('ROLLBACK');
    } catch {
      this.#reconnect();
    }
  }

  #write<T>(
    kind: StatementKind,
    sql: string,
    params: SqlParams = {},
    call: (statement: Libsql.Statement, values: unknown[]) => T,
  ): T {
    this.#requireWriting();
    return this.#call(kind, sql, params, call);
  }

  #requireWriting(): void {
    if (!this.#writing) throw new Error('a transaction was used after its end');
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
      // What waits for a lock would hold the connection at what the database was then.
      if (isBusy(error)) this.#reconnect();
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

  /** The old connection stays when there is no other: what it has open can still be read. */
  #reconnect(): void {
    let next: Libsql.Database;
    try {
      if (statSync(this.#file).ino !== this.#inode) return;
      next = this.#connect();
    } catch {
      return;
    }
    this.#prepared.clear();
    this.#handle.close();
    this.#handle = next;
  }

  #connect(): Libsql.Database {
    const handle = new Libsql(`${pathToFileURL(this.#file).href}?mode=rw`, { timeout: 0 });
    try {
      handle.exec('PRAGMA auto_vacuum = INCREMENTAL'); // has effect before the first table only
      handle.exec('PRAGMA journal_mode = WAL');
      handle.exec('PRAGMA synchronous = NORMAL');
      handle.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      return handle;
    } catch (error) {
      handle.close();
      throw error;
    }
  }
}

/** What gives rows and is no query is a write that answers some. */
const kindOf = (sql: string, statement: Libsql.Statement): StatementKind => {
  if (!statement.reader) return 'write';
  return /^\s*(SELECT|PRAGMA\s+\w+(\(\w+\))?\s*$)/i.test(sql) ? 'query' : 'write-returning';
};
