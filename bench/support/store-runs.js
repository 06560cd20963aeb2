import { mkdirSync } from 'node:fs';
import { openSqliteStore } from '../../dist/adapters/persistence/sqlite/sqlite-store.js';
import { objectIds } from '../../dist/adapters/system/object-ids.js';
import { encodeEvent, queuedEvent } from '../../dist/domain/run/run-event.js';
import { finishRun, queueRun, startRun } from '../../dist/domain/run/script-run.js';

const SCRIPTS = 2;
const ORIGIN = { actor: { type: 'admin', name: 'admin' }, address: '127.0.0.1', userAgent: 'bench' };

/**
 * Fills a data folder with finished runs of two scripts and their logs, as a server would have, one a minute up to now.
 * @returns the id of one script, and those of the runs
 */
export const storeRuns = async (dataDir, count) => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const store = await openSqliteStore({ dataDir });
  const ids = objectIds();
  const scripts = Array.from({ length: SCRIPTS }, (_, n) => aScript(ids.next(), n));
  for (const script of scripts) {
    await store.scripts.insert(script);
    await store.revisions.saveOnce({ scriptId: script.id, revision: 1, savedAt: script.createdAt, script });
  }
  const runIds = [];
  for (let n = 0; n < count; n += 1) {
    const now = new Date(Date.now() - (count - n) * 60_000);
    const run = aRun(ids.next(), scripts[n % SCRIPTS], now);
    await store.runs.insert(run);
    const writer = await store.runLog.open(run.id);
    await writer.append(eventsOf(run));
    await writer.close();
    runIds.push(run.id);
  }
  await store.close();
  return { scriptId: scripts[0].id, runIds };
};

const aScript = (id, n) => ({
  id,
  name: `Script ${n}`,
  codeIdentifier: `script-${n}`,
  description: '',
  type: 'bash',
  runner: 'host',
  script: 'echo hi',
  defaultWorkingDirectory: '',
  env: [],
  timeoutMs: null,
  enabled: true,
  confirm: false,
  revision: 1,
  createdAt: new Date(),
  updatedAt: new Date(),
});

const aRun = (id, script, now) => {
  const details = { id, trigger: 'api', origin: ORIGIN, owner: 'somewhere', defaultTimeoutMs: 60_000, now };
  const end = {
    status: 'succeeded',
    reason: null,
    message: null,
    exitCode: 0,
    signal: null,
    outputTail: 'hi\n',
    output: { bytes: 3, lines: 1, droppedBytes: 0 },
    leftovers: [],
    lastSeq: 3,
  };
  return finishRun(startRun(queueRun(script, details), id, now), end, new Date(now.getTime() + 20));
};

const eventsOf = (run) => {
  const ts = run.createdAt.toISOString();
  return [
    { ...queuedEvent(run), seq: 1 },
    { seq: 2, type: 'status', ts, status: 'running' },
    { seq: 3, type: 'log', ts, stream: 'stdout', line: 'hi\n' },
  ].map(encodeEvent);
};
