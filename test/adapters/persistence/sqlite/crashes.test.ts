import { copyFileSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../../src/adapters/persistence/sqlite/open-database.js';
import { SqliteAuditRepository } from '../../../../src/adapters/persistence/sqlite/sqlite-audit-repository.js';
import { SqliteConnection, type Transaction } from '../../../../src/adapters/persistence/sqlite/sqlite-connection.js';
import { SqliteDatabase } from '../../../../src/adapters/persistence/sqlite/sqlite-database.js';
import { SqliteRunRepository } from '../../../../src/adapters/persistence/sqlite/sqlite-run-repository.js';
import { SqliteScriptRepository } from '../../../../src/adapters/persistence/sqlite/sqlite-script-repository.js';
import { SqliteScriptRevisionRepository } from '../../../../src/adapters/persistence/sqlite/sqlite-script-revision-repository.js';
import { openSqliteStore } from '../../../../src/adapters/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { type CrashEverywhere, describeCrashes } from '../../../contracts/crashes.contract.js';

/** Calls `before` before each statement that writes, and before each commit. */
class WatchedDatabase extends SqliteDatabase {
  before = (): void => undefined;

  override transaction<T>(work: (transaction: Transaction) => T): Promise<T> {
    return super.transaction((transaction) => {
      const watched: Transaction = {
        ...transaction,
        run: (sql, params) => (this.before(), transaction.run(sql, params)),
        change: (sql, params) => (this.before(), transaction.change(sql, params)),
      };
      const result = work(watched);
      this.before();
      return result;
    });
  }
}

/** What the files hold at a moment is what the next process finds when this one is killed then. */
const crashEverywhere: CrashEverywhere = async ({ prepare, change, meanwhile, check }) => {
  const folder = await mkdtemp(join(tmpdir(), 'runlet-crashes-'));
  const file = join(folder, 'runlet.db');
  (await openDatabase(file)).close();
  const database = new WatchedDatabase(new SqliteConnection(file));
  const dying = {
    scripts: new SqliteScriptRepository(database),
    revisions: new SqliteScriptRevisionRepository(database),
    runs: new SqliteRunRepository(database),
    audit: new SqliteAuditRepository(database),
  } as unknown as Store;
  const images: string[] = [];
  const takeImage = (): void => {
    const image = join(folder, String(images.length));
    mkdirSync(image);
    for (const name of ['runlet.db', 'runlet.db-wal']) copyFileSync(join(folder, name), join(image, name));
    images.push(image);
  };
  try {
    await prepare(dying);
    database.before = takeImage;
    await change(dying);
    database.before = () => undefined;
    const deaths = images.length;
    takeImage();
    for (const [n, image] of images.entries()) {
      const next = await openSqliteStore({ dataDir: image });
      try {
        await meanwhile?.(next);
        await next.mend();
        await check(next, n === deaths);
      } finally {
        await next.close();
      }
    }
    return deaths;
  } finally {
    database.close();
    await rm(folder, { recursive: true });
  }
};

describeCrashes('sqlite', crashEverywhere);
