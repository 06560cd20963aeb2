import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, it } from '@jest/globals';
import { startTestServer, TestServerMissing } from '../test-server.js';

const START = fileURLToPath(new URL('./start', import.meta.url));

/**
 * A `describe` with a FerretDB: README.md. Where it cannot be built the suite is skipped and says so, on stderr too; with
 * `RUNLET_REQUIRE_FERRETDB=1` it fails instead. Await it at the top of a test file.
 * @param suite is given the connection string of a database that nobody else uses
 */
export const describeWithFerretDb = async (name: string, suite: (uri: string) => void): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'runlet-ferretdb-'));
  const server = await startTestServer(START, [folder]).catch((error: unknown) => {
    if (!(error instanceof TestServerMissing)) throw error;
    return error;
  });
  const removeFolder = () => rm(folder, { recursive: true });
  if (!(server instanceof TestServerMissing)) {
    describe(name, () => {
      afterAll(async () => {
        await server.stop();
        await removeFolder();
      });
      suite(new URL('/runlet_test', server.uri).href);
    });
    return;
  }
  await removeFolder();
  const why = `${server.message}; see test/support/ferretdb/README.md`;
  if (process.env.RUNLET_REQUIRE_FERRETDB === '1')
    throw new Error(`RUNLET_REQUIRE_FERRETDB is set, but there is no FerretDB to test with (${why})`, {
      cause: server,
    });
  process.stderr.write(`NOT RUN: tests that need a FerretDB (${why})\n`);
  describe(name, () => it.skip(`did not run (${why})`, () => undefined));
};
