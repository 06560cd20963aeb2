import type { AuditQuery, AuditRepository } from '../../../application/ports/audit-repository.js';
import type { Page } from '../../../application/ports/page.js';
import { AUDIT_ACTIONS, type AuditEvent } from '../../../domain/audit/audit-event.js';
import { authFailureKey } from '../rows/auth-failure-key.js';
import { readAuditEvent } from '../rows/audit-row.js';
import type { Documents, Fields } from './documents.js';
import { fromStoredId, toRow, toStoredId } from './ids.js';
import { isDuplicateKey } from './mongo-errors.js';
import { pageNewestFirst } from './newest-first.js';

/**
 * The collection may hold events of another application: what is not of Runlet's actions and shape is not listed.
 * `keys` tells which event counts the wrong passwords of an address in a minute: a unique field of the events themselves would need a
 * partial index, which not every server has.
 */
export class MongoAuditRepository implements AuditRepository {
  readonly #events: Documents;
  readonly #keys: Documents;

  constructor(events: Documents, keys: Documents) {
    this.#events = events;
    this.#keys = keys;
  }

  append(event: AuditEvent): Promise<void> {
    return this.appendStored({ _id: toStoredId(event.id), ...toEventFields(event) });
  }

  /** The same of an event as it is stored, perhaps by a newer Runlet that knows other actions. */
  async appendStored(document: Fields): Promise<void> {
    try {
      await this.#events.insert(document);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async countAuthFailure(event: AuditEvent): Promise<void> {
    const eventId = await this.#countedIn(event);
    const { count: _, ...fields } = toEventFields(event);
    await upsert(this.#events, eventId, { $inc: { count: 1 }, $setOnInsert: fields });
    if (fromStoredId(eventId) === event.id) await this.#forgetKeysBefore(event.at);
  }

  async list(query: AuditQuery): Promise<Page<AuditEvent>> {
    const { limit, cursor } = query;
    const page = await pageNewestFirst(this.#events, { time: 'at', filter: filterOf(query), limit, cursor });
    const items = page.items.map((document) => readAuditEvent(toRow(document))).filter((event) => event !== null);
    return { items, next: page.next };
  }

  async deleteBefore(time: Date, limit: number): Promise<number> {
    const filter = { action: { $in: AUDIT_ACTIONS }, at: { $lt: time } };
    const old = await this.#events.find(filter, { sort: { at: 1, _id: 1 }, limit, projection: { _id: 1 } });
    return old.length === 0 ? 0 : this.#events.deleteAll({ _id: { $in: old.map(({ _id }) => _id) } });
  }

  /** The id of the one event: of the first failure that was counted. */
  async #countedIn(event: AuditEvent): Promise<unknown> {
    const key = await upsert(this.#keys, `${KEY}${authFailureKey(event)}`, {
      $setOnInsert: { eventId: toStoredId(event.id) },
    });
    return key.eventId;
  }

  async #forgetKeysBefore(time: Date): Promise<void> {
    const hourAgo = new Date(time.getTime() - 3_600_000);
    await this.#keys.deleteAll({ _id: { $gte: KEY, $lt: `${KEY}${authFailureKey({ at: hourAgo, address: null })}` } });
  }
}

const KEY = 'auth-failure ';

/** Of two that make the same document at once, one is told that it is there already. */
const upsert = async (documents: Documents, id: unknown, update: Fields): Promise<Fields> => {
  try {
    return await documents.upsert(id, update);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return documents.upsert(id, update);
  }
};

/** An event as it is stored, but for its `_id`. */
export const toEventFields = ({ id: _, runId, ...fields }: AuditEvent): Fields => ({
  ...fields,
  runId: runId === null ? null : toStoredId(runId),
});

const filterOf = ({ action, actor, entityId, outcome, from, to }: AuditQuery): Fields => ({
  action: action ?? { $in: AUDIT_ACTIONS },
  ...(actor === undefined ? {} : { 'actor.name': actor }),
  ...(entityId === undefined ? {} : { 'entity.id': entityId }),
  ...(outcome === undefined ? {} : { outcome }),
  ...(from || to ? { at: { ...(from && { $gte: from }), ...(to && { $lt: to }) } } : {}),
});
