import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { TestServerMissing } from '../test-server.js';
import { databaseUri } from './database-uri.js';
import { startMongoServer } from './mongo-server.js';

export interface AvailableMongo {
  readonly available: true;
  /** Names a database that nobody else uses. */
  readonly uri: string;
  /** Removes what it kept. */
  close(): Promise<void>;
}

export interface MissingMongo {
  readonly available: false;
  readonly why: string;
}

/**
 * A MongoDB for one test file: `MONGODB_URI` where it is set, otherwise a test server of its own. Where neither can be had it says so,
 * on stderr too; with `RUNLET_REQUIRE_MONGODB=1` it throws instead, so that no pipeline passes without.
 */
export const mongoForTests = async (): Promise<AvailableMongo | MissingMongo> => {
  const given = process.env.MONGODB_URI;
  if (given) {
    const uri = databaseUri(given, `runlet_test_${randomBytes(6).toString('hex')}`);
    return { available: true, uri, close: () => dropDatabase(uri) };
  }
  return orMissing('set MONGODB_URI, or install', async () => {
    const server = await startMongoServer();
    return { available: true, uri: databaseUri(server.uri, 'runlet_test'), close: () => server.stop() };
  });
};

/** Whether `startMongoServer` works here; where it does not, as `mongoForTests` does. */
export const testServerStarts = (): Promise<{ readonly available: true } | MissingMongo> =>
  orMissing('install', async () => {
    await (await startMongoServer()).stop();
    return { available: true };
  });

export const dropDatabase = async (uri: string): Promise<void> => {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
  try {
    await client.db().dropDatabase();
  } finally {
    await client.close();
  }
};

const orMissing = async <T>(remedy: string, start: () => Promise<T>): Promise<T | MissingMongo> => {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof TestServerMissing)) throw error;
    const why = `${error.message}; ${remedy} a JDK and Maven: see test/support/mongo/README.md`;
    if (process.env.RUNLET_REQUIRE_MONGODB === '1') {
      throw new Error(`RUNLET_REQUIRE_MONGODB is set, but there is no MongoDB to test with (${why})`, { cause: error });
    }
    process.stderr.write(`NOT RUN: tests that need a MongoDB (${why})\n`);
    return { available: false, why };
  }
};
