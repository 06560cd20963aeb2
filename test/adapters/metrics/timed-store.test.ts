import { describe, expect, it } from '@jest/globals';
import { Exposition } from '../../../src/adapters/metrics/exposition.js';
import { timeStore } from '../../../src/adapters/metrics/timed-store.js';
import { openMemoryStore } from '../../../src/adapters/persistence/memory/memory-store.js';
import { describeAuditRepository } from '../../contracts/audit-repository.contract.js';
import { describeAuditedChanges } from '../../contracts/audited-changes.contract.js';
import { describeKeyedStartRepository } from '../../contracts/keyed-start-repository.contract.js';
import { describeRunLog } from '../../contracts/run-log.contract.js';
import { describeRunRepository } from '../../contracts/run-repository.contract.js';
import { describeScriptRepository } from '../../contracts/script-repository.contract.js';
import { describeScriptRevisionRepository } from '../../contracts/script-revision-repository.contract.js';
import { anAuditEvent, aRun, logEvents } from '../../contracts/samples.js';
import { parseExposition } from '../../support/exposition.js';

const open = async () => {
  const store = timeStore(new Exposition(), await openMemoryStore());
  return { store, close: () => store.close() };
};

describeScriptRepository('timed', open);
describeScriptRevisionRepository('timed', open);
describeRunRepository('timed', open);
describeKeyedStartRepository('timed', open);
describeAuditRepository('timed', open);
describeAuditedChanges('timed', open);
describeRunLog('timed', open);

describe('timeStore', () => {
  it('counts each operation under its name, and those that fail', async () => {
    const exposition = new Exposition();
    const inner = await openMemoryStore();
    const store = timeStore(exposition, inner);
    const run = aRun();
    await store.runs.insert(run, anAuditEvent());
    await store.runs.find(run.id);
    await store.runs.find(run.id);
    const writer = await store.runLog.open(run.id);
    await writer.append(logEvents(1, 2));
    expect(writer.lastSeq).toBe(2);
    inner.runs.find = () => Promise.reject(new Error('away'));
    await expect(store.runs.find(run.id)).rejects.toThrow('away');

    const scrape = parseExposition(exposition.text());
    const count = (operation: string) => scrape.value('runlet_store_duration_seconds_count', { operation });
    expect(count('runs.insert')).toBe(1);
    expect(count('runs.find')).toBe(3);
    expect(count('runLog.open')).toBe(1);
    expect(count('runLog.append')).toBe(1);
    expect([...scrape.series('runlet_store_errors_total')]).toEqual([['operation="runs.find"', 1]]);
  });
});
