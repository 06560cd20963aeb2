import { describe, expect, it } from '@jest/globals';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { openSqliteStore } from '../../../../src/adapters/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../../../src/application/ports/store.js';
import { revisionOf } from '../../../../src/domain/script/script.js';
import { describeAuditRepository } from '../../../contracts/audit-repository.contract.js';
import { describeAuditedChanges } from '../../../contracts/audited-changes.contract.js';
import { describeKeyedStartRepository } from '../../../contracts/keyed-start-repository.contract.js';
import { describeRunLog } from '../../../contracts/run-log.contract.js';
import { describeRunRepository } from '../../../contracts/run-repository.contract.js';
import { describeScriptRepository } from '../../../contracts/script-repository.contract.js';
import { describeScriptRevisionRepository } from '../../../contracts/script-revision-repository.contract.js';
import { describeSealedValueRepository } from '../../../contracts/sealed-value-repository.contract.js';
import { describeTrimming } from '../../../contracts/trimming.contract.js';
import { aRun, aScript, anAuditEvent, at, logEvents } from '../../../contracts/samples.js';
import { allOf } from '../../../support/all-of.js';

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
describeAuditedChanges('sqlite', open);
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
      const [script, run] = [aScript(), aRun()];
      const events = [anAuditEvent(), anAuditEvent(), anAuditEvent()] as const;
      const first = await openSqliteStore({ dataDir });
      await first.scripts.insert(script, events[0]);
      await first.runs.insert(run, events[1]);
      await first.audit.append(events[2]);
      const writer = await first.runLog.open(run.id);
      await writer.append(logEvents(1, 3));
      await first.close();
      await copyFile(join(dataDir, 'runlet.db'), join(dataDir, 'logs', 'runlet.db'));

      const second = await openSqliteStore({ dataDir });
      expect(await second.runLog.read(run.id, 0, 10)).toEqual(logEvents(1, 3));
      await second.close();
      const copy = await openSqliteStore({ dataDir: join(dataDir, 'logs') });
      expect(await allOf(copy.scripts.list())).toEqual([script]);
      expect(await copy.revisions.find(script.id, 1)).toEqual(revisionOf(script));
      expect(await copy.runs.find(run.id)).toEqual(run);
      expect((await copy.audit.list({ limit: 10 })).items).toEqual([...events].reverse());
      await copy.close();
    }));

  it('rids itself of the revisions that 0.1.0 left of deleted scripts, when it is mended', () =>
    withFolder(async (dataDir) => {
      const [kept, gone] = [aScript(), aScript()];
      const first = await openSqliteStore({ dataDir });
      for (const script of [kept, gone]) await first.scripts.insert(script, anAuditEvent());
      await first.close();
      const database = new Libsql(join(dataDir, 'runlet.db'));
      database.prepare('DELETE FROM script_definitions WHERE id = ?').run([gone.id]);
      database.close();
      const second = await openSqliteStore({ dataDir });
      expect(await second.revisions.find(gone.id, 1)).toEqual(revisionOf(gone));
      await second.mend();
      expect(await second.revisions.find(gone.id, 1)).toBeNull();
      expect(await second.revisions.find(kept.id, 1)).toEqual(revisionOf(kept));
      await second.close();
    }));

  it('answers while it is open, and is unavailable after', () =>
    withFolder(async (dataDir) => {
      const store = await openSqliteStore({ dataDir });
      await expect(store.ping()).resolves.toBeUndefined();
      await store.close();
      const calls: ((store: Store) => Promise<unknown>)[] = [
        (open) => open.ping(),
        ({ scripts }) => allOf(scripts.list()),
        ({ scripts }) => scripts.insert(aScript(), anAuditEvent()),
        ({ revisions }) => revisions.find('x', 1),
        ({ runs }) => runs.claim('x', 'token', at(0)),
        ({ audit }) => audit.append(anAuditEvent()),
      ];
      for (const call of calls) await expect(call(store)).rejects.toMatchObject({ code: 'store.unavailable' });
    }));
});
