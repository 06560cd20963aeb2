import type { StoreExamination, StoreFinding } from '../../../application/ports/store.js';
import { COLLECTIONS, INDEXES } from './collections.js';
import type { Documents } from './documents.js';
import { ensureIndexes, lookAtIndexes } from './opening/indexes.js';
import type { MongoConnection } from './mongo-connection.js';
import { hasKnownSchema } from './opening/schema-version.js';

/** Looks whether the collections and their indexes are still there; indexes that are gone are built again. */
export class CollectionsWatch {
  readonly #connection: MongoConnection;
  readonly #meta: Documents;
  #building: Building | null = null;

  /** @param meta the collection of what the store remembers for itself */
  constructor(connection: MongoConnection, meta: Documents) {
    this.#connection = connection;
    this.#meta = meta;
  }

  /** @throws DomainError `store.unavailable`, also when the user may not write or see the indexes any more */
  async examine(): Promise<StoreExamination> {
    const isThere = await hasKnownSchema(this.#meta); // a write that changes nothing: it needs the right to write
    const looks = await Promise.all(
      Object.entries(INDEXES).map(async ([name, indexes]) => ({
        name,
        is: await lookAtIndexes(this.#connection, name, indexes),
      })),
    );
    const gone = [
      ...(isThere ? [] : [COLLECTIONS.meta]),
      ...looks.filter(({ is }) => is === 'gone').map(({ name }) => name),
    ];
    if (gone.length > 0) return problem({ code: 'store.missing', message: this.#gone(gone) });
    return this.#indexes(looks.filter(({ is }) => is === 'without-indexes').map(({ name }) => name));
  }

  /** They may take minutes to build, and are not waited for. */
  #indexes(names: readonly string[]): StoreExamination {
    const built = this.#building;
    if (built?.outcome === 'pending') return problem(rebuilding(built.names));
    this.#building = null;
    if (names.length === 0) {
      const mended = built ? [`indexes of ${built.names.join(', ')} were missing; they were built again`] : [];
      return { problems: [], mended };
    }
    this.#build(names);
    return problem(
      built?.outcome instanceof Error ? { code: 'store.damaged', message: built.outcome.message } : rebuilding(names),
    );
  }

  #build(names: readonly string[]): void {
    const building: Building = { names, outcome: 'pending' };
    this.#building = building;
    const wanted = Object.fromEntries(Object.entries(INDEXES).filter(([name]) => names.includes(name)));
    ensureIndexes(this.#connection, wanted).then(
      () => (building.outcome = 'done'),
      (error: unknown) => (building.outcome = error instanceof Error ? error : new Error(String(error))),
    );
  }

  #gone(names: readonly string[]): string {
    const are = names.length === 1 ? 'is' : 'are';
    return (
      `${names.join(', ')} ${are} not in the MongoDB database ${this.#connection.db.databaseName} any more: dropped or renamed. ` +
      'Put back what was there (renameCollection, mongorestore), and Runlet goes on by itself; to go on without, start Runlet again'
    );
  }
}

interface Building {
  /** Of the collections whose indexes are built. */
  readonly names: readonly string[];
  outcome: 'pending' | 'done' | Error;
}

const problem = (finding: StoreFinding): StoreExamination => ({ problems: [finding], mended: [] });

const rebuilding = (names: readonly string[]): StoreFinding => ({
  code: 'store.missing',
  message: `indexes of ${names.join(', ')} are missing; Runlet builds them again, and goes on by itself when they are there`,
});
