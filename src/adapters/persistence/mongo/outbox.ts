import { ObjectId } from 'mongodb';
import type { Log } from '../../../application/ports/log.js';
import type { AuditEvent } from '../../../domain/audit/audit-event.js';
import { isDomainError } from '../../../domain/errors.js';
import type { Documents, Fields } from './documents.js';
import { fromStoredId, toStoredId } from './ids.js';
import { type MongoAuditRepository, toEventFields } from './mongo-audit-repository.js';

/** The field of a document with what belongs to a change of it and may not be stored yet. No answer shows it. */
export const PENDING = 'runletPending';
/** Of documents that have any. */
export const HAS_PENDING: Fields = { [`${PENDING}.id`]: { $exists: true } };
export const HAS_NONE_PENDING: Fields = { [`${PENDING}.id`]: { $exists: false } };

/** One element of the field: the event of the change, null where the change has none. */
export interface Pending {
  /** That of the event. */
  readonly id: unknown;
  readonly event: Fields | null;
}

export const pendingOf = (event: AuditEvent | null): Pending =>
  event ? { id: toStoredId(event.id), event: toEventFields(event) } : { id: new ObjectId(), event: null };

/** What is pending in a document. @throws Error when Runlet did not write it */
export const pendingIn = ({ _id, [PENDING]: field = [] }: Fields): readonly Pending[] => {
  if (Array.isArray(field) && field.every(isPending)) return field;
  throw new Error(`the field ${PENDING} of the document ${fromStoredId(_id)} is not as Runlet writes it; remove it`);
};

const isPending = (element: unknown): element is Pending =>
  typeof element === 'object' && element !== null && 'id' in element && 'event' in element;

/**
 * The transactional outbox of a collection: the write that changes a document also leaves the audit event in it; from there the event
 * goes to its own collection, and out of the document last. A crash between leaves what `each` finds. Each step may be taken again, by
 * another server at the same time, too.
 */
export class Outbox {
  readonly #documents: Documents;
  readonly #audit: MongoAuditRepository;
  readonly #log: Pick<Log, 'warn'>;
  readonly #underWay = new Set<Promise<void>>();

  constructor(documents: Documents, audit: MongoAuditRepository, log: Pick<Log, 'warn'>) {
    this.#documents = documents;
    this.#audit = audit;
    this.#log = log;
  }

  async storeEvent({ id, event }: Pending): Promise<void> {
    if (event) await this.#audit.appendStored({ _id: id, ...event });
  }

  /** Takes it out of the document, when all that belongs to it is stored. False when it is not there any more. */
  async remove(_id: unknown, { id }: Pending): Promise<boolean> {
    const holding = { _id, [`${PENDING}.id`]: id };
    const field = { [PENDING]: true };
    if (await this.#documents.update({ ...holding, [PENDING]: { $size: 1 } }, { $unset: field })) return true;
    if (!(await this.#documents.update(holding, { $pull: { [PENDING]: { id } } }))) return false;
    await this.#documents.update({ _id, [PENDING]: { $size: 0 } }, { $unset: field });
    return true;
  }

  /**
   * Does what follows on a change that is stored. What goes wrong is no failure of the change: `mend` tries again.
   */
  async follow(_id: unknown, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isDomainError(error, 'store.unavailable')) return;
      const document = { collection: this.#documents.name, id: fromStoredId(_id) };
      this.#log.warn({ err: error, ...document }, 'what belongs to a change could not be stored; it is tried again');
    }
  }

  /** The same without waiting for it. */
  followLater(_id: unknown, work: () => Promise<unknown>): void {
    const following = this.follow(_id, work).finally(() => this.#underWay.delete(following));
    this.#underWay.add(following);
  }

  /**
   * Calls `work` with each document in which something is pending, and with the others too when it fails with one.
   * @param projection the fields it needs; all if left out
   * @throws what `work` threw first
   */
  async each(
    work: (document: Fields) => Promise<void>,
    { filter = {}, projection = {} }: { filter?: Fields; projection?: Readonly<Record<string, 1>> } = {},
  ): Promise<void> {
    const failures: unknown[] = [];
    const failed = (error: unknown): void => {
      if (isDomainError(error, 'store.unavailable')) throw error;
      failures.push(error);
    };
    for (let after: Fields = {}; ;) {
      const reading = { sort: { _id: 1 }, limit: PAGE, projection } as const;
      const page = await this.#documents.find({ $and: [HAS_PENDING, filter, after] }, reading);
      for (const document of page) await work(document).catch(failed);
      if (page.length < PAGE) break;
      after = { _id: { $gt: page.at(-1)?._id } };
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}

/** Scripts come whole, with up to 1 MiB each. */
const PAGE = 20;
