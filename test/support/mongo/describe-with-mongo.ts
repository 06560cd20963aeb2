import { afterAll, describe, it } from '@jest/globals';
import { mongoForTests, type AvailableMongo } from './mongo-for-tests.js';

/** A `describe` that needs a MongoDB: skipped, and visibly so, where there is none. Await it at the top of a test file. */
export const describeWithMongo = async (name: string, suite: (mongo: AvailableMongo) => void): Promise<void> => {
  const mongo = await mongoForTests();
  if (!mongo.available) {
    describe(name, () => it.skip(`did not run: ${mongo.why}`, () => undefined));
    return;
  }
  describe(name, () => {
    afterAll(() => mongo.close());
    suite(mongo);
  });
};
