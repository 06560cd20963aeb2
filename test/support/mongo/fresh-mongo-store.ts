import { MongoClient, type Db } from 'mongodb';
import type { Log } from '../../../src/application/ports/log.js';
import type { Store } from '../../../src/application/ports/store.js';
import { openMongoStore } from '../../../src/adapters/persistence/mongo/mongo-store.js';
import { databaseUri } from './database-uri.js';
import { dropDatabase, type AvailableMongo } from './mongo-for-tests.js';

let opened = 0;

/** Connection string of a database that is empty. */
export const freshDatabase = ({ uri }: AvailableMongo): string => {
  const name = /\/([^/?]+)(\?|$)/.exec(uri)?.[1] ?? 'runlet_test';
  return databaseUri(uri, `${name}_${++opened}`);
};

/** A store in a database of its own, which `close` removes. */
export const openFreshMongoStore = async (
  mongo: AvailableMongo,
  log: Pick<Log, 'warn'> = SILENT,
): Promise<{ readonly store: Store; readonly uri: string; readonly close: () => Promise<void> }> => {
  const uri = freshDatabase(mongo);
  const store = await openMongoStore({ uri, log });
  const close = async () => {
    await store.close();
    await dropDatabase(uri);
  };
  return { store, uri, close };
};

/** Gives `work` the database through the driver itself, as another application would use it. */
export const withDatabase = async <T>(uri: string, work: (db: Db) => Promise<T>): Promise<T> => {
  const client = new MongoClient(uri);
  try {
    return await work(client.db());
  } finally {
    await client.close();
  }
};

export const SILENT: Pick<Log, 'warn'> = { warn: () => undefined };
