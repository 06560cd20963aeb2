import type { Log } from '../application/ports/log.js';
import type { Store } from '../application/ports/store.js';
import type { DataDir } from './data-dir.js';
import type { Settings } from './settings.js';

/** MongoDB where MONGODB_URI is set, otherwise the embedded store in DATA_DIR. Only the one that is used is loaded. */
export const openStore = async (settings: Settings, dataDir: DataDir, log: Log): Promise<Store> => {
  if (settings.MONGODB_URI !== undefined) {
    const { openMongoStore } = await import('../adapters/persistence/mongo/mongo-store.js');
    return openMongoStore({ uri: settings.MONGODB_URI, log });
  }
  const { openSqliteStore } = await import('../adapters/persistence/sqlite/sqlite-store.js');
  return openSqliteStore({ dataDir: dataDir.path, log });
};
