import Libsql from 'libsql';
import type { Row } from '../rows/row.js';
import { storeUnavailable } from '../rows/store-unavailable.js';
import { isBusy, toStoreError } from './sqlite-error.js';

/** What may be bound. libsql ends the whole process when it is given an object, and takes `undefined` for null. */
export type SqlValue = null | number | string | Buffer;
/** A value for each `:name` of a statement; names that the statement has not are ignored. */
export type SqlParams = Readonly<Record<string, SqlValue>>;

/** How long a statement waits while another process, a backup for one, holds the database. It blocks this process. */
const BUSY_TIMEOUT_MS = 1000;
/** Of 4 KiB. To give them back blocks this process for 5 ms. */
const SLICE_PAGES = 128;
/** Of 4 KiB, that its log of writes grows to before they are taken into the database. That waits for the disk, and this process with it. */
const CHECKPOINT_PAGES = 4000;

interface Prepared {
  readonly statement: Libsql.Statement;
  readonly names: readonly string[];
}

/**
 * One connection, used synchronously; each statement is prepared once. What fails for a reason that passes is a DomainError
 * `store.unavailable`. A commit survives a crash of the process, and of the machine once it is in the database proper.
 */
export class SqliteDatabase {
  readonly #file: string;
  readonly #busyTimeoutMs: number;
  readonly #prepared = new Map<string, Prepared>();
  #connection: Libsql.Database;
  #open = true;

  constructor(file: string, { busyTimeoutMs = BUSY_TIMEOUT_MS } = {}) {
    this.#file = file;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#connection = this.#connect();
  }

  /** The first row; the way to write with RETURNING. Binary columns are Buffers. */
  get(sql: string, params: SqlParams = {}): Row | undefined {
    return this.#call(sql, params, (statement, values) => statement.get(values) as Row | undefined);
  }

  /** For SELECT only. Binary columns are ArrayBuffers. */
  all(sql: string, params: SqlParams = {}): Row[] {
    return this.#call(sql, params, (statement, values) => statement.all(values) as Row[]);
  }

  /** For writes without RETURNING. @returns how many rows it changed. */
  run(sql: string, params: SqlParams = {}): number {
    return this.#call(sql, params, (statement, values) => statement.run(values).changes);
  }

  /** Statements without parameters or rows, prepared anew. */
  exec(sql: string): void {
    if (!this.#open) throw closed();
    try {
      this.#connection.exec(sql);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** All of `work` or nothing. */
  transaction(work: () => void): void {
    this.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.exec('COMMIT');
    } catch (error) {
      if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  /** Gives a slice of the pages that deletions have freed back to the file system. True while there are more. */
  reclaim(): boolean {
    if (this.#freePages() === 0) return false;
    this.exec(`PRAGMA incremental_vacuum(${SLICE_PAGES})`);
    if (this.#freePages() > 0) return true;
    this.exec('PRAGMA wal_checkpoint(TRUNCATE)'); // before it the file keeps its length
    return false;
  }

  /** Also takes the log of writes into the database, so that a stopped one is one file. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#prepared.clear();
    try {
      this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // The next one to open it does so.
    }
    this.#connection.close();
  }

  #freePages(): number {
    return Number(this.get('PRAGMA freelist_count')?.freelist_count);
  }

  #call<T>(sql: string, params: SqlParams, call: (statement: Prepared['statement'], values: SqlValue[]) => T): T {
    if (!this.#open) throw closed();
    try {
      const { statement, names } = this.#prepare(sql);
      return call(
        statement,
        names.map((name) => bindable(name, params[name])),
      );
    } catch (error) {
      this.#letGo(sql, error);
      throw toStoreError(error);
    }
  }

  /**
   * libsql does not reset a statement that failed. Called again it would run with the values of the call that failed, so it is
   * prepared anew; and one that found the database busy would hold its connection at what the database was then, so that is left.
   */
  #letGo(sql: string, error: unknown): void {
    this.#prepared.delete(sql);
    if (!isBusy(error)) return;
    const left = this.#connection;
    this.#connection = this.#connect();
    this.#prepared.clear();
    left.close();
  }

  #connect(): Libsql.Database {
    const connection = new Libsql(this.#file, { timeout: this.#busyTimeoutMs });
    try {
      connection.exec('PRAGMA synchronous = NORMAL');
      connection.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const names = new Set(Array.from(sql.matchAll(/:([A-Za-z]\w*)/g), ([, name = '']) => name));
    const prepared = { statement: this.#connection.prepare(sql), names: [...names] };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

const closed = (): Error => storeUnavailable('it is closed');

const bindable = (name: string, value: unknown): SqlValue => {
  if (value === null || typeof value === 'string' || typeof value === 'number' || Buffer.isBuffer(value)) return value;
  throw new TypeError(`:${name} cannot be stored: it is ${typeof value}`);
};
