import { afterAll, describe, it, jest } from '@jest/globals';
import { mongoForTests, testServerStarts, type AvailableMongo, type MissingMongo } from './mongo-for-tests.js';

/** Each call is a round trip to another process, on a machine that may be busy. */
jest.setTimeout(30_000);

/** A `describe` that needs a MongoDB: skipped, and visibly so, where there is none. Await it at the top of a test file. */
export const describeWithMongo = async (name: string, suite: (mongo: AvailableMongo) => void): Promise<void> => {
  const mongo = await mongoForTests();
  if (!mongo.available) {
    skip(name, mongo);
    return;
  }
  describe(name, () => {
    afterAll(() => mongo.close());
    suite(mongo);
  });
};

/** A `describe` that starts and stops test servers of its own, whatever `MONGODB_URI` says. */
export const describeWithTestServers = async (name: string, suite: () => void): Promise<void> => {
  const servers = await testServerStarts();
  if (servers.available) describe(name, suite);
  else skip(name, servers);
};

const skip = (name: string, { why }: MissingMongo): void =>
  describe(name, () => it.skip(`did not run (${why})`, () => undefined));
