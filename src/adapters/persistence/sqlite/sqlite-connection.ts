import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import Libsql from 'libsql';
import type { Row } from '../rows/row.js';
import type { SqlParams } from './sql-values.js';
import { isBusy, sqliteCodeOf } from './sqlite-error.js';
import { Statements } from './statements.js';

/**
 * Of 4 KiB, that the WAL grows to before a commit takes it into the database. That waits for the disk, and this process
 * with it.
 */
const CHECKPOINT_PAGES = 4000;

/** The value of the PRAGMA auto_vacuum with which pages are given back when it is asked for. */
const INCREMENTAL = 2;

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

/** Characters of what SQLite says of a damaged database. */
const MOST_SAID = 200;

/**
 * One connection, used synchronously; it never waits for a lock.
 *
 * All writes are explicit transactions, begun and committed by `exec`, which reports what fails. A statement that meets a
 * lock by itself would hold the connection at what the database was then.
 */
export class SqliteConnection {
  readonly #file: string;
  /** The file that was opened first; another in its place is another database. */
  readonly #inode: number;
  readonly #transaction: Transaction;
  #handle: Libsql.Database;
  #statements: Statements;
  #writing = false;

  /** @throws SqliteError, or Error when there is no such file: it is never made */
  constructor(file: string) {
    this.#file = file;
    this.#inode = statSync(file).ino;
    this.#handle = this.#connect();
    this.#statements = new Statements(this.#handle);
    this.#transaction = {
      get: (sql, params) => this.all(sql, params)[0],
      all: (sql, params) => this.all(sql, params),
      run: (sql, params) => {
        this.#requireWriting();
        return this.#statements.write(sql, params);
      },
      change: (sql, params) => {
        this.#requireWriting();
        return this.#statements.writeReturning(sql, params)[0];
      },
      exec: (sql) => {
        this.#requireWriting();
        this.#handle.exec(sql);
      },
    };
  }

  /** For SELECT and the like only. Binary columns are ArrayBuffers. @throws SqliteError */
  all(sql: string, params?: SqlParams): Row[] {
    try {
      return this.#statements.query(sql, params);
    } catch (error) {
      if (isBusy(error)) this.#reconnect();
      throw error;
    }
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

  /** Makes the WAL and its index anew, with nothing lost, after their names are gone. @throws while others use the database */
  renewWal(): void {
    for (const mode of ['delete', 'wal']) {
      const [row] = this.#handle.prepare(`PRAGMA journal_mode = ${mode}`).all() as Row[];
      if (row?.journal_mode !== mode) throw new Error(`its journal mode stays ${String(row?.journal_mode)}`);
    }
    this.all('SELECT 1 FROM sqlite_schema'); // makes them
  }

  /** From now on nothing is taken from the WAL into the database. */
  keepWal(): void {
    this.#handle.exec('PRAGMA wal_autocheckpoint = 0');
  }

  /** Writes all that there is to another file, as a database in one piece. @param file empty or absent */
  copyTo(file: string): void {
    this.#handle.exec(`VACUUM INTO '${file.replaceAll("'", "''")}'`);
  }

  /** Reads the whole database, from the disk. @returns what is damaged, in SQLite's words, or null @throws SqliteError */
  check(): string | null {
    this.#handle.exec('PRAGMA shrink_memory');
    const [row] = this.#handle.prepare('PRAGMA quick_check(1)').all() as Row[];
    const answer = String(row?.quick_check);
    return answer === 'ok' ? null : answer.replaceAll(/\s+/g, ' ').slice(0, MOST_SAID);
  }

  /** Instead of `close`, which would write to the files that have the database's names now: it stays open. */
  abandon(): void {
    abandoned.add(this);
  }

  close(): void {
    this.#statements = new Statements(this.#handle); // the old ones would keep the file open
    this.#handle.close();
  }

  #begin(): void {
    try {
      this.#handle.exec('BEGIN IMMEDIATE');
    } catch (error) {
      // A statement is open that should not be: waiting would not help.
      if (this.#handle.inTransaction || sqliteCodeOf(error) === 'SQLITE_BUSY_SNAPSHOT') this.#reconnect();
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

  #requireWriting(): void {
    if (!this.#writing) throw new Error('a transaction was used after its end');
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
    this.#handle.close();
    this.#handle = next;
    this.#statements = new Statements(next);
  }

  #connect(): Libsql.Database {
    const handle = new Libsql(`${pathToFileURL(this.#file).href}?mode=rw`, { timeout: 0 });
    try {
      handle.exec('PRAGMA schema_version'); // a lock is met here, where no statement stays open
      // Set only where it is not set: each time it is, it is written, for which there may be no room, or a lock.
      const [set] = handle.prepare('PRAGMA auto_vacuum').all([]) as { auto_vacuum: number }[];
      if (set?.auto_vacuum !== INCREMENTAL) handle.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}`); // before the first table
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

/** SQLite closes a connection that nobody refers to. */
const abandoned = new Set<SqliteConnection>();
