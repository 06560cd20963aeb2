import { join } from 'node:path';
import type { Log } from '../../../application/ports/log.js';
import type { Store } from '../../../application/ports/store.js';
import { openFileRunLog } from '../files/file-run-log.js';
import { openDatabase } from './open-database.js';
import { SqliteAuditRepository } from './sqlite-audit-repository.js';
import { SqliteKeyedStartRepository } from './sqlite-keyed-start-repository.js';
import { SqliteRunRepository } from './sqlite-run-repository.js';
import { SqliteScriptRepository } from './sqlite-script-repository.js';
import { deleteOrphanedRevisions, SqliteScriptRevisionRepository } from './sqlite-script-revision-repository.js';
import { SqliteSealedValueRepository } from './sqlite-sealed-value-repository.js';

/**
 * The embedded store: the database `runlet.db` and the run logs `logs/<runId>.ndjson` in a folder that no other process
 * writes to.
 * @throws Error that names the file and says what to do, when it cannot be opened.
 */
export const openSqliteStore = async ({ dataDir, log }: { dataDir: string; log?: Log }): Promise<Store> => {
  const runLog = await openFileRunLog(join(dataDir, 'logs'));
  const database = await openDatabase(join(dataDir, 'runlet.db'), log && { log });
  let mended = false;
  return {
    kind: 'sqlite',
    scripts: new SqliteScriptRepository(database),
    revisions: new SqliteScriptRevisionRepository(database),
    sealedValues: new SqliteSealedValueRepository(database),
    runs: new SqliteRunRepository(database),
    keyedStarts: new SqliteKeyedStartRepository(database),
    audit: new SqliteAuditRepository(database),
    runLog,
    ping: async () => void database.get('SELECT 1'),
    mend: async () => {
      if (mended) return; // nobody else writes here, and each change is one transaction
      await deleteOrphanedRevisions(database);
      mended = true;
    },
    examine: async () => {
      const [files, folder] = [database.examine(), await runLog.examine()];
      return { problems: [...files.problems, ...folder.problems], mended: [...files.mended, ...folder.mended] };
    },
    reclaim: () => database.reclaim(),
    close: async () => {
      await runLog.close();
      database.close();
    },
  };
};
