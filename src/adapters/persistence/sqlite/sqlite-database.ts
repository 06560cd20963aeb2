import type { Row } from '../rows/row.js';
import { storeUnavailable } from '../rows/store-unavailable.js';
import type { SqlParams } from './sql-values.js';
import type { SqliteConnection, Transaction } from './sqlite-connection.js';
import { toStoreError } from './sqlite-error.js';
import { WriteQueue } from './write-queue.js';

/** Of 4 KiB. To give them back blocks this process for 5 ms. */
const SLICE_PAGES = 128;

/**
 * The database in one file. Queries are answered at once, writes too unless another program holds the database: then
 * they wait their turn and nothing else does. What fails for a reason that passes is a DomainError `store.unavailable`,
 * and nothing has changed. A commit survives a crash of the process, and of the machine once it is in the database
 * proper.
 */
export class SqliteDatabase {
  readonly #connection: SqliteConnection;
  readonly #writes: WriteQueue;
  #open = true;

  constructor(connection: SqliteConnection, writes = new WriteQueue()) {
    this.#connection = connection;
    this.#writes = writes;
  }

  /** The first row of a query, which should have no more. Binary columns are ArrayBuffers. */
  get(sql: string, params?: SqlParams): Row | undefined {
    return this.all(sql, params)[0];
  }

  /** All rows of a query. Binary columns are ArrayBuffers. */
  all(sql: string, params?: SqlParams): Row[] {
    this.#requireOpen();
    try {
      return this.#connection.all(sql, params);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** A write without RETURNING. @returns how many rows it changed */
  run(sql: string, params?: SqlParams): Promise<number> {
    return this.transaction((transaction) => transaction.run(sql, params));
  }

  /** A write with RETURNING. @returns the first row that it changed, as it is then */
  change(sql: string, params?: SqlParams): Promise<Row | undefined> {
    return this.transaction((transaction) => transaction.change(sql, params));
  }

  /**
   * All of `work` or nothing; what it answers is stored. Transactions are done in the order in which they are asked
   * for.
   * @param work does nothing but use the transaction: it may be called again
   */
  async transaction<T>(work: (transaction: Transaction) => T): Promise<T> {
    try {
      return await this.#writes.run(() => {
        this.#requireOpen();
        return this.#connection.transact(work);
      });
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** Gives a slice of the pages that deletions have freed back to the file system. True while there are more. */
  async reclaim(): Promise<boolean> {
    if (this.#freePages() === 0) return false;
    await this.transaction((transaction) => transaction.exec(`PRAGMA incremental_vacuum(${SLICE_PAGES})`));
    if (this.#freePages() > 0) return true;
    this.#checkpoint(); // before it the file keeps its length
    return false;
  }

  /** Gives up writes that wait. Also takes the WAL into the database, so that a stopped one is one file. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#writes.close(closed());
    try {
      this.#connection.checkpoint();
    } catch {
      // The next one to open it does so.
    }
    this.#connection.close();
  }

  #checkpoint(): void {
    try {
      this.#connection.checkpoint();
    } catch (error) {
      throw toStoreError(error);
    }
  }

  #freePages(): number {
    return Number(this.get('PRAGMA freelist_count')?.freelist_count);
  }

  #requireOpen(): void {
    if (!this.#open) throw closed();
  }
}

const closed = (): Error => storeUnavailable('it is closed');
