import type { AuditQuery, AuditRepository } from '../../../application/ports/audit-repository.js';
import { toPage, type Page } from '../../../application/ports/page.js';
import type { AuditEvent } from '../../../domain/audit/audit-event.js';
import { readAuditEvent } from '../rows/audit-row.js';
import { authFailureKey } from '../rows/auth-failure-key.js';
import type { Row } from '../rows/row.js';
import { fromJson, fromMillis, toJson, toMillis } from './columns.js';
import { selectPage } from './select-page.js';
import type { SqlParams } from './sql-values.js';
import type { Transaction } from './sqlite-connection.js';
import type { SqliteDatabase } from './sqlite-database.js';

const INSERT = `
  INSERT INTO audit_events (
    id, at, action, outcome, actorName, entityId, runId, address, code, count, authFailureKey, actor, entity, changes
  ) VALUES (
    :id, :at, :action, :outcome, :actorName, :entityId, :runId, :address, :code, :count, :authFailureKey, :actor, :entity, :changes
  )`;
const APPEND = `${INSERT} ON CONFLICT (id) DO NOTHING`;
const COUNT = `${INSERT} ON CONFLICT (authFailureKey) DO UPDATE SET count = count + 1`;

const DELETE_OLDEST = `
  DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events WHERE at < :before ORDER BY at, id LIMIT :rows)`;

const FILTERS = {
  action: 'action = :action',
  actor: 'actorName = :actor',
  entityId: 'entityId = :entityId',
  outcome: 'outcome = :outcome',
  from: 'at >= :from',
  to: 'at < :to',
};

export class SqliteAuditRepository implements AuditRepository {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async append(event: AuditEvent): Promise<void> {
    await this.#database.transaction((transaction) => appendEvent(transaction, event));
  }

  async countAuthFailure(event: AuditEvent): Promise<void> {
    await this.#database.run(COUNT, toColumns(event, authFailureKey(event)));
  }

  async list({ limit, cursor, from, to, ...exact }: AuditQuery): Promise<Page<AuditEvent>> {
    const values = { ...exact, from: from && toMillis(from), to: to && toMillis(to) };
    const { sql, params } = selectPage('SELECT * FROM audit_events', 'at', FILTERS, values, { limit, cursor });
    const documents = this.#database.all(sql, params).map(toDocument);
    const { items, next } = toPage(documents, limit, ({ at, id }) => ({ at: at as Date, id: id as string }));
    return { items: items.map(readAuditEvent).filter((event) => event !== null), next };
  }

  async deleteBefore(time: Date, limit: number): Promise<number> {
    return this.#database.run(DELETE_OLDEST, { before: toMillis(time), rows: limit });
  }
}

/** Stores the event unless it is there, together with what it is about. */
export const appendEvent = (transaction: Transaction, event: AuditEvent): void =>
  void transaction.run(APPEND, toColumns(event, null));

/** @param key null for an event that counts for itself. */
const toColumns = (event: AuditEvent, key: string | null): SqlParams => ({
  id: event.id,
  at: toMillis(event.at),
  action: event.action,
  outcome: event.outcome,
  actorName: event.actor.name,
  entityId: event.entity?.id ?? null,
  runId: event.runId,
  address: event.address,
  code: event.code,
  count: event.count,
  authFailureKey: key,
  actor: toJson(event.actor),
  entity: toJson(event.entity),
  changes: toJson(event.changes),
});

const toDocument = (row: Row): Row => ({
  ...row,
  at: fromMillis(row.at),
  actor: fromJson(row.actor),
  entity: fromJson(row.entity),
  changes: fromJson(row.changes),
});
