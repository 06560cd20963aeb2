import type { KeyedStartRepository } from '../../../application/ports/keyed-start-repository.js';
import type { KeyedStart } from '../../../domain/run/keyed-start.js';
import { readKeyedStart } from '../rows/keyed-start-row.js';
import type { Row } from '../rows/row.js';
import { fromFlag, fromMillis, toMillis } from './columns.js';
import type { SqliteDatabase } from './sqlite-database.js';

const FIND = 'SELECT * FROM keyed_starts WHERE key = :key';
const HOLD = `
  INSERT INTO keyed_starts (key, request, runId, at, accepted) VALUES (:key, :request, :runId, :at, 0)
  ON CONFLICT (key) DO UPDATE SET request = excluded.request, runId = excluded.runId, at = excluded.at, accepted = 0
  WHERE at < :expiry`;
const MARK_ACCEPTED = 'UPDATE keyed_starts SET accepted = 1 WHERE key = :key AND runId = :runId';
const FORGET = 'DELETE FROM keyed_starts WHERE at < :time';

export class SqliteKeyedStartRepository implements KeyedStartRepository {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async find(key: string): Promise<KeyedStart | null> {
    const row = this.#database.get(FIND, { key });
    return row ? fromRow(row) : null;
  }

  async hold(start: KeyedStart, expiry: Date): Promise<KeyedStart> {
    const { key, request, runId, at } = start;
    const row = await this.#database.transaction((transaction) => {
      transaction.run(HOLD, { key, request, runId, at: toMillis(at), expiry: toMillis(expiry) });
      return transaction.get(FIND, { key });
    });
    return (row && fromRow(row)) ?? start;
  }

  async markAccepted(key: string, runId: string): Promise<void> {
    await this.#database.run(MARK_ACCEPTED, { key, runId });
  }

  async forgetBefore(time: Date): Promise<void> {
    await this.#database.run(FORGET, { time: toMillis(time) });
  }
}

const fromRow = (row: Row): KeyedStart | null =>
  readKeyedStart({ ...row, at: fromMillis(row.at), accepted: fromFlag(row.accepted) });
