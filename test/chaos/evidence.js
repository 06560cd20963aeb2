import { setTimeout as sleep } from 'node:timers/promises';
import { RUNS, SCRIPTS } from './api.js';
import { INVARIANTS } from './invariants.js';
import { readJournal } from './journal.js';

const AT_ONCE = 4;
const COMPLETED_MS = 40_000;
const TRAIL_INVARIANTS = [
  'each stored change of a script has one audit event',
  'each run, and each cancel, has one audit event',
];

/** Everything the server answers when the faults are over, with what operators, viewers and scripts recorded. */
export const readEvidence = async ({ api, folders, operators, watch, listViewer, server }) => {
  const runs = new Map();
  const events = new Map();
  const logs = new Map();
  const ids = (await api.all(RUNS)).map(({ id }) => id);
  const read = async () => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
      runs.set(id, (await api.ok(`${RUNS}/${id}`)).body.item);
      events.set(id, await eventsOf(api, id));
      const [stdout, stderr] = await Promise.all(['stdout', 'stderr'].map((stream) => logOf(api, id, stream)));
      logs.set(id, { stdout, stderr });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, read));
  const evidence = {
    ...{ api, server, watch, listViewer, runs, events, logs },
    scripts: new Map((await api.ok(SCRIPTS)).body.items.map((script) => [script.id, script])),
    journal: readJournal(folders.journal),
    starts: operators.starts,
    cancels: operators.cancels,
    viewers: operators.viewers,
    made: operators.scripts,
    kindOf: ({ scriptId }) => operators.scripts.get(scriptId).kind,
  };
  return { ...evidence, audit: await completeAudit(api, evidence) };
};

/** The trail once it is complete: what an outage of the store has cut in two is completed within 30 s. */
const completeAudit = async (api, evidence) => {
  for (const end = performance.now() + COMPLETED_MS; ; await sleep(500)) {
    const audit = await api.all('/api/admin/audit');
    const isComplete = TRAIL_INVARIANTS.every((name) => INVARIANTS[name]({ ...evidence, audit }).length === 0);
    if (isComplete || performance.now() > end) return audit;
  }
};

const eventsOf = async (api, runId) => {
  const events = [];
  for (let page = null; page?.length !== 0 && events.at(-1)?.type !== 'done'; events.push(...page))
    page = (await api.ok(`${RUNS}/${runId}/events?since=${events.at(-1)?.seq ?? 0}&limit=200`)).body.items;
  return events;
};

const logOf = async (api, runId, stream) => (await api.ok(`${RUNS}/${runId}/log?stream=${stream}`)).text;
