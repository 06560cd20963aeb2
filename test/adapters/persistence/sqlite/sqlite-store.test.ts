import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../../../src/adapters/persistence/sqlite/sqlite-store.js';
import { describeAuditRepository } from '../../../contracts/audit-repository.contract.js';
import { describeRunLog } from '../../../contracts/run-log.contract.js';
import { describeRunRepository } from '../../../contracts/run-repository.contract.js';
import { describeScriptRepository } from '../../../contracts/script-repository.contract.js';
import { describeScriptRevisionRepository } from '../../../contracts/script-revision-repository.contract.js';

const open = async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'runlet-sqlite-'));
  const store = await openSqliteStore({ dataDir });
  return {
    store,
    close: async () => {
      await store.close();
      await rm(dataDir, { recursive: true });
    },
  };
};

describeScriptRepository('sqlite', open);
describeScriptRevisionRepository('sqlite', open);
describeRunRepository('sqlite', open);
describeAuditRepository('sqlite', open);
describeRunLog('sqlite', open);
