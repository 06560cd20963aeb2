import { mkdirSync } from 'node:fs';

const SCRIPTS = 2;
const ORIGIN = { actor: { type: 'admin', name: 'admin' }, address: '127.0.0.1', userAgent: 'bench' };

/**
 * Fills a data folder with finished runs of two scripts and their logs, as a server would have, one a minute up to now.
 * @returns the id of one script, and those of the runs
 */
export const storeRuns = async (dataDir, count) => {
  const runlet = await loadRunlet();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const store = await runlet.openSqliteStore({ dataDir });
  const ids = runlet.objectIds();
  const scripts = Array.from({ length: SCRIPTS }, (_, n) => aScript(ids.next(), n));
  for (const script of scripts) await store.scripts.insert(script, aCreation(ids.next(), script));
  const runIds = [];
  for (let n = 0; n < count; n += 1) {
    const now = new Date(Date.now() - (count - n) * 60_000);
    const run = aRun(runlet, ids.next(), scripts[n % SCRIPTS], now);
    await store.runs.insert(run, runlet.runStarted(run));
    const writer = await store.runLog.open(run.id);
    await writer.append(eventsOf(runlet, run));
    await writer.close();
    runIds.push(run.id);
  }
  await store.close();
  return { scriptId: scripts[0].id, runIds };
};

/** Loaded when it is needed: whoever has not built yet is told so first. */
const loadRunlet = async () => ({
  ...(await import('../../dist/adapters/persistence/sqlite/sqlite-store.js')),
  ...(await import('../../dist/adapters/system/object-ids.js')),
  ...(await import('../../dist/domain/audit/run-started.js')),
  ...(await import('../../dist/domain/run/run-event.js')),
  ...(await import('../../dist/domain/run/script-run.js')),
});

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

const aCreation = (id, script) => ({
  id,
  at: script.createdAt,
  actor: ORIGIN.actor,
  action: 'scripts.create',
  outcome: 'success',
  entity: { type: 'script', id: script.id, name: script.name },
  runId: null,
  address: ORIGIN.address,
  changes: [],
  code: null,
  count: 1,
});

const aRun = ({ queueRun, startRun, finishRun }, id, script, now) => {
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

const eventsOf = ({ queuedEvent, encodeEvent }, run) => {
  const ts = run.createdAt.toISOString();
  return [
    { ...queuedEvent(run), seq: 1 },
    { seq: 2, type: 'status', ts, status: 'running' },
    { seq: 3, type: 'log', ts, stream: 'stdout', line: 'hi\n' },
  ].map(encodeEvent);
};
