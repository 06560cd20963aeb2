import { isBroken, revisionOf, type Script } from '../../../domain/script/script.js';
import { readScript } from '../rows/script-row.js';
import type { Documents, Fields } from './documents.js';
import { fromStoredId, toRow, toStoredId } from './ids.js';
import type { MongoScriptRevisionRepository } from './mongo-script-revision-repository.js';
import { type Outbox, type Pending, PENDING, pendingIn } from './outbox.js';

/**
 * What is left of a script from its deletion until its revisions are gone: the identifier is free, nothing secret is in it, and no read
 * shows it.
 */
export const tombstoneOf = (id: string, pending: Pending): Fields => ({
  codeIdentifier: `deleted ${id}`,
  runletDeleted: true,
  [PENDING]: [pending],
});
export const NOT_DELETED: Fields = { runletDeleted: null };

/** What follows on the change of a script, in the order that leaves no gap when it is broken off and begun again. */
export class ScriptChanges {
  readonly #scripts: Documents;
  readonly #revisions: MongoScriptRevisionRepository;
  readonly #outbox: Outbox;

  constructor(scripts: Documents, revisions: MongoScriptRevisionRepository, outbox: Outbox) {
    this.#scripts = scripts;
    this.#revisions = revisions;
    this.#outbox = outbox;
  }

  /** After a change of this process. Never rejects: the change is stored. */
  saved(script: Script, pending: Pending): Promise<void> {
    const _id = toStoredId(script.id);
    return this.#outbox.follow(_id, () => this.#completeSave(_id, script, pending));
  }

  /** After a deletion of this process. Never rejects. */
  deleted(id: string, pending: Pending): Promise<void> {
    const _id = toStoredId(id);
    return this.#outbox.follow(_id, () => this.#completeDelete(_id, pending));
  }

  mend(): Promise<void> {
    return this.#outbox.each((document) => this.complete(document));
  }

  /** Completes the change that somebody else is about, or was cut off in. */
  async complete(document: Fields): Promise<void> {
    const script = document.runletDeleted === true ? null : readScript(toRow(document));
    for (const pending of pendingIn(document)) {
      if (!script) await this.#completeDelete(document._id, pending);
      else await this.#completeSave(document._id, isBroken(script) ? null : script, pending);
    }
  }

  /** @param script null when another application has made what cannot be run of it; then its revision is lost. */
  async #completeSave(_id: unknown, script: Script | null, pending: Pending): Promise<void> {
    if (script) await this.#revisions.add(revisionOf(script));
    await this.#outbox.storeEvent(pending);
    // Not there any more: another server has completed it, and may have deleted the script since.
    if (!(await this.#outbox.remove(_id, pending))) await this.#revisions.deleteUnlessOwned(fromStoredId(_id));
  }

  async #completeDelete(_id: unknown, pending: Pending): Promise<void> {
    await this.#outbox.storeEvent(pending);
    await this.#revisions.deleteAll(fromStoredId(_id));
    await this.#scripts.deleteAll({ _id, runletDeleted: true });
  }
}
