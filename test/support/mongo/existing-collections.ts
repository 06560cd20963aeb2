import { ObjectId, type Document } from 'mongodb';
import { openMongoStore } from '../../../src/adapters/persistence/mongo/mongo-store.js';
import type { Store } from '../../../src/application/ports/store.js';
import { at, newId } from '../../contracts/samples.js';
import { freshDatabase, withDatabase } from './fresh-mongo-store.js';
import { dropDatabase, type AvailableMongo } from './mongo-for-tests.js';

interface Opened {
  readonly store: Store;
  readonly uri: string;
  /** What the operator was told. */
  readonly warnings: readonly { readonly collection?: string; readonly id?: string }[];
  /** The document as it is stored. */
  readonly stored: (collection: string, _id: ObjectId) => Promise<Document | null>;
}

/** Opens a store on documents that were there before it. */
export const openOn = async (
  mongo: AvailableMongo,
  collections: Readonly<Record<string, readonly Document[]>>,
  use: (opened: Opened) => Promise<void>,
): Promise<void> => {
  const uri = freshDatabase(mongo);
  await withDatabase(uri, async (db) => {
    for (const [name, documents] of Object.entries(collections)) await db.collection(name).insertMany([...documents]);
    const warnings: object[] = [];
    const store = await openMongoStore({ uri, log: { warn: (fields) => warnings.push(fields) } });
    try {
      await use({ store, uri, warnings, stored: (collection, _id) => db.collection(collection).findOne({ _id }) });
    } finally {
      await store.close();
      await dropDatabase(uri);
    }
  });
};

/** What the runs are of. */
export const SCRIPT_ID = new ObjectId('65f0000000000000000000bb');

/** A script as mongoose leaves it. */
export const foreignScript = (given: Document = {}) => ({
  _id: new ObjectId(newId()),
  name: 'Rotate',
  codeIdentifier: 'rotate',
  description: 'theirs',
  type: 'bash',
  runner: 'host',
  script: 'echo 1',
  defaultWorkingDirectory: '',
  env: [{ key: 'A', value: '1' }],
  timeoutMs: 300_000,
  enabled: true,
  createdAt: at(0),
  updatedAt: at(0),
  __v: 0,
  ...given,
});

/** A run as mongoose leaves it. */
export const foreignRun = (given: Document = {}) => ({
  _id: new ObjectId(newId()),
  scriptId: SCRIPT_ID,
  status: 'succeeded',
  trigger: 'manual',
  startedAt: at(1),
  finishedAt: at(3.5),
  exitCode: 0,
  outputTail: 'tail\n',
  fullOutput: 'all\n',
  meta: null as unknown,
  createdAt: at(0) as unknown,
  updatedAt: at(4),
  __v: 0,
  ...given,
});
