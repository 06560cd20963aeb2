import { describe, expect, it } from '@jest/globals';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../../../src/adapters/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { describeAuditRepository } from '../../../contracts/audit-repository.contract.js';
import { describeKeyedStartRepository } from '../../../contracts/keyed-start-repository.contract.js';
import { describeRunLog } from '../../../contracts/run-log.contract.js';
import { describeRunRepository } from '../../../contracts/run-repository.contract.js';
import { describeScriptRepository } from '../../../contracts/script-repository.contract.js';
import { describeScriptRevisionRepository } from '../../../contracts/script-revision-repository.contract.js';
import { describeSealedValueRepository } from '../../../contracts/sealed-value-repository.contract.js';
import { describeTrimming } from '../../../contracts/trimming.contract.js';
import { aRun, aScript, anAuditEvent, at, logEvents } from '../../../contracts/samples.js';

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
describeSealedValueRepository('sqlite', open);
describeRunRepository('sqlite', open);
describeKeyedStartRepository('sqlite', open);
describeAuditRepository('sqlite', open);
describeRunLog('sqlite', open);
describeTrimming('sqlite', open);

describe('the store', () => {
  const withFolder = async (work: (dataDir: string) => Promise<void>) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'runlet-sqlite-'));
    try {
      await work(dataDir);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  };

  it('keeps everything over a restart, its database in one file', () =>
    withFolder(async (dataDir) => {
      const [script, run, event] = [aScript(), aRun(), anAuditEvent()];
      const revision = { scriptId: script.id, revision: 1, savedAt: at(0), script };
      const first = await openSqliteStore({ dataDir });
      await first.scripts.insert(script);
      await first.revisions.saveOnce(revision);
      await first.runs.insert(run);
      await first.audit.append(event);
      const writer = await first.runLog.open(run.id);
      await writer.append(logEvents(1, 3));
      await first.close();
      await copyFile(join(dataDir, 'runlet.db'), join(dataDir, 'logs', 'runlet.db'));

      const second = await openSqliteStore({ dataDir });
      expect(await second.runLog.read(run.id, 0, 10)).toEqual(logEvents(1, 3));
      await second.close();
      const copy = await openSqliteStore({ dataDir: join(dataDir, 'logs') });
      expect(await copy.scripts.list()).toEqual([script]);
      expect(await copy.revisions.find(script.id, 1)).toEqual(revision);
      expect(await copy.runs.find(run.id)).toEqual(run);
      expect((await copy.audit.list({ limit: 10 })).items).toEqual([event]);
      await copy.close();
    }));

  it('answers while it is open, and is unavailable after', () =>
    withFolder(async (dataDir) => {
      const store = await openSqliteStore({ dataDir });
      await expect(store.ping()).resolves.toBeUndefined();
      await store.close();
      const calls: ((store: Store) => Promise<unknown>)[] = [
        (open) => open.ping(),
        ({ scripts }) => scripts.list(),
        ({ scripts }) => scripts.insert(aScript()),
        ({ revisions }) => revisions.find('x', 1),
        ({ runs }) => runs.claim('x', 'token', at(0)),
        ({ audit }) => audit.append(anAuditEvent()),
      ];
      for (const call of calls) await expect(call(store)).rejects.toMatchObject({ code: 'store.unavailable' });
    }));
});
