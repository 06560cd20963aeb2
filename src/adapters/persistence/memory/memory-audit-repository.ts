import type { AuditQuery, AuditRepository } from '../../../application/ports/audit-repository.js';
import { type Page, toPage } from '../../../application/ports/page.js';
import type { AuditEvent } from '../../../domain/audit/audit-event.js';
import { authFailureKey } from '../rows/auth-failure-key.js';
import { isAfter, newestFirst } from './newest-first.js';

export class MemoryAuditRepository implements AuditRepository {
  readonly #events = new Map<string, AuditEvent>();
  readonly #authFailures = new Map<string, string>();

  async append(event: AuditEvent): Promise<void> {
    this.add(event);
  }

  /** `append` in this turn, together with what the event is about. */
  add(event: AuditEvent): void {
    if (!this.#events.has(event.id)) this.#events.set(event.id, structuredClone(event));
  }

  async countAuthFailure(event: AuditEvent): Promise<void> {
    const key = authFailureKey(event);
    const counted = this.#events.get(this.#authFailures.get(key) ?? '');
    if (counted) {
      this.#events.set(counted.id, { ...counted, count: counted.count + 1 });
      return;
    }
    this.#authFailures.set(key, event.id);
    this.add(event);
  }

  async list(query: AuditQuery): Promise<Page<AuditEvent>> {
    const found = [...this.#events.values()]
      .filter((event) => matches(event, query))
      .sort(newestFirst((event) => event.at))
      .slice(0, query.limit + 1);
    return toPage(structuredClone(found), query.limit, ({ at, id }) => ({ at, id }));
  }

  async deleteBefore(time: Date, limit: number): Promise<number> {
    const old = [...this.#events.values()].filter(({ at }) => at < time).sort(newestFirst(({ at }) => at));
    const deleted = old.slice(-limit);
    for (const { id } of deleted) this.#events.delete(id);
    return deleted.length;
  }
}

const matches = (event: AuditEvent, { action, actor, entityId, outcome, from, to, cursor }: AuditQuery): boolean =>
  (action === undefined || event.action === action) &&
  (actor === undefined || event.actor.name === actor) &&
  (entityId === undefined || event.entity?.id === entityId) &&
  (outcome === undefined || event.outcome === outcome) &&
  (from === undefined || event.at >= from) &&
  (to === undefined || event.at < to) &&
  isAfter(cursor, event.at, event.id);
