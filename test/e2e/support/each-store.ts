import { afterAll, describe } from '@jest/globals';
import { describeWithMongo } from '../../support/mongo/describe-with-mongo.js';
import { freshDatabase } from '../../support/mongo/fresh-mongo-store.js';
import { dropDatabase } from '../../support/mongo/mongo-for-tests.js';
import type { Environment } from './program.js';
import { cleanUp, freshDataDir } from './server.js';

export interface StoreUnderTest {
  readonly kind: 'sqlite' | 'mongodb';
  /** What volumes are multiplied with: the MongoDB for tests is slow. */
  readonly volume: number;
  /** Settings of a server whose store is empty. */
  fresh(): Promise<Environment>;
}

/** The same black-box suite on every store; await it at the top of a test file. */
export const describeOnEachStore = async (name: string, suite: (store: StoreUnderTest) => void): Promise<void> => {
  describe(name, () => {
    describe('on SQLite', () => {
      afterAll(cleanUp);
      suite({ kind: 'sqlite', volume: 1, fresh: freshDataDir });
    });
  });
  await describeOnMongo(name, suite);
};

export const describeOnMongo = (name: string, suite: (store: StoreUnderTest) => void): Promise<void> =>
  describeWithMongo(name, (mongo) => {
    const databases: string[] = [];
    const fresh = async () => {
      const MONGODB_URI = freshDatabase(mongo);
      databases.push(MONGODB_URI);
      return { ...(await freshDataDir()), MONGODB_URI };
    };
    // A describe of its own, so that its hooks come before the one that ends the MongoDB.
    describe('on MongoDB', () => {
      afterAll(async () => {
        await cleanUp();
        for (const uri of databases) await dropDatabase(uri);
      });
      suite({ kind: 'mongodb', volume: 0.1, fresh });
    });
  });
