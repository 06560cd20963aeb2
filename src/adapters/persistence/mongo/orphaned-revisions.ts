import type { Documents } from './documents.js';

/**
 * Revisions whose script is gone. A server that dies as it adds one to a script that is being deleted leaves some, and so did Runlet 0.1.0.
 * They are deleted when two looks have found them, long after each other: a backup that is being put back may bring them before their scripts.
 */
export class OrphanedRevisions {
  readonly #revisions: Documents;
  readonly #scripts: Documents;
  readonly #everyMs: number;
  #seen: ReadonlySet<string> = new Set();
  #lookedAt = -Infinity;

  constructor(revisions: Documents, scripts: Documents, { everyMs = 3_600_000 } = {}) {
    this.#revisions = revisions;
    this.#scripts = scripts;
    this.#everyMs = everyMs;
  }

  /** Does nothing when the last look was less than `everyMs` ago. */
  async look(): Promise<void> {
    const now = performance.now();
    if (now - this.#lookedAt < this.#everyMs) return;
    const orphans = await this.#find();
    const seenAgain = orphans.filter((scriptId) => this.#seen.has(String(scriptId)));
    for (const scriptId of seenAgain) await this.#revisions.deleteAll({ scriptId });
    this.#seen = new Set(orphans.map(String));
    this.#lookedAt = now;
  }

  /** Ids of scripts. */
  async #find(): Promise<unknown[]> {
    const orphans: unknown[] = [];
    const owners = await this.#revisions.distinct('scriptId');
    for (let i = 0; i < owners.length; i += AT_ONCE) {
      const some = owners.slice(i, i + AT_ONCE);
      const found = await this.#scripts.find({ _id: { $in: some } }, { projection: { _id: 1 } });
      const known = new Set(found.map(({ _id }) => String(_id)));
      orphans.push(...some.filter((scriptId) => !known.has(String(scriptId))));
    }
    return orphans;
  }
}

const AT_ONCE = 1000;
