import type { Row } from '../rows/row.js';
import type { StoreExamination } from '../../../application/ports/store.js';
import { DomainError } from '../../../domain/errors.js';
import { storeUnavailable } from '../rows/store-unavailable.js';
import type { DatabaseWatch } from './database-watch.js';
import type { SqlParams } from './sql-values.js';
import type { SqliteConnection, Transaction } from './sqlite-connection.js';
import { isDamage, sqliteCodeOf, toStoreError } from './sqlite-error.js';
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
  readonly #watch: DatabaseWatch | null;
  #open = true;
  /** What a statement met that no later one makes good. */
  #damage: string | null = null;

  constructor(connection: SqliteConnection, writes = new WriteQueue(), watch: DatabaseWatch | null = null) {
    this.#connection = connection;
    this.#writes = writes;
    this.#watch = watch;
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
      throw this.#toStoreError(error);
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
      throw this.#toStoreError(error);
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

  /** As `Store.examine`. */
  examine(): StoreExamination {
    this.#requireOpen();
    return this.#watch?.examine(this.#damage) ?? { problems: [], mended: [] };
  }

  /** Gives up writes that wait. Also takes the WAL into the database, so that a stopped one is one file. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#writes.close(closed());
    if (this.#watch?.close() === false) {
      this.#connection.abandon();
      return;
    }
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
      throw this.#toStoreError(error);
    }
  }

  #freePages(): number {
    return Number(this.get('PRAGMA freelist_count')?.freelist_count);
  }

  #toStoreError(error: unknown): unknown {
    if (!isDamage(error)) return toStoreError(error);
    this.#damage = `${sqliteCodeOf(error)}: ${(error as Error).message}`;
    return new DomainError('store.unavailable', this.#watch?.damageOf(this.#damage).message ?? this.#damage);
  }

  #requireOpen(): void {
    if (!this.#open) throw closed();
  }
}

const closed = (): Error => storeUnavailable('it is closed');
