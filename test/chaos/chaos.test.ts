import { describe, expect, it } from '@jest/globals';
import { INVARIANTS } from './invariants.js';
import { KINDS } from './kinds.js';
import { planOf } from './plan.js';

const ID = '65f000000000000000000001';
const SCRIPT = '65f0000000000000000000aa';
const at = '2026-01-01T00:00:00.000Z';
const end = { status: 'failed', exitCode: 7, signal: null, reason: 'exit-code' };

interface JournalEntry {
  began: { pid: number; startTime: string }[];
  exitCode: number | null;
}

/** One run of the script that fails, on record without a flaw. */
const soundEvidence = () => {
  const printed = { stdout: 'one\n', stderr: `failing ${ID}\n` };
  const events: { seq: number; type: string; [field: string]: unknown }[] = [
    { seq: 1, type: 'status', status: 'queued' },
    { seq: 2, type: 'status', status: 'running' },
    { seq: 3, type: 'log', stream: 'stdout', line: printed.stdout },
    { seq: 4, type: 'log', stream: 'stderr', line: printed.stderr },
    { seq: 5, type: 'status', ...end },
    { seq: 6, type: 'done', ...end },
  ];
  const meta = { reason: 'exit-code', signal: null, cancel: null, output: { droppedBytes: 0 }, script: { name: 'X' } };
  const run = { id: ID, scriptId: SCRIPT, status: 'failed', exitCode: 7, finishedAt: at, outputTail: '', meta };
  const audit = (action: string, runId: string | null) => ({
    action,
    outcome: 'success',
    entity: { id: SCRIPT },
    runId,
  });
  return {
    starts: [{ scriptId: SCRIPT, key: null as string | null, status: 202, code: null, runId: ID }],
    cancels: new Map<string, number>(),
    viewers: [{ runId: ID, received: [...events], isDone: true, complaints: [] as string[] }],
    listViewer: { ends: new Map([[ID, [{ ...run, meta: { ...meta } }]]]), complaints: [] as string[] },
    watch: {
      broken: { ends: [], queue: [] as string[], health: [] as string[], processes: [] as string[] },
      ended: new Map([[ID, { ...run }]]),
    },
    made: new Map([[SCRIPT, { revision: 1, isDeleted: false, mayBeDeleted: false }]]),
    kindOf: (): keyof typeof KINDS => 'failing',
    journal: new Map<string, JournalEntry>([[ID, { began: [{ pid: 1, startTime: '1' }], exitCode: 7 }]]),
    runs: new Map([[ID, run]]),
    events: new Map([[ID, events]]),
    logs: new Map([[ID, printed]]),
    scripts: new Map([[SCRIPT, { id: SCRIPT, name: 'X', revision: 1 }]]),
    audit: [audit('scripts.create', null), audit('scripts.run', ID)],
    server: { complaints: [] as string[] },
    api: { internalErrors: [] as string[] },
    unsettled: [] as string[],
    leaks: [] as string[],
    damage: [] as string[],
  };
};

type Evidence = ReturnType<typeof soundEvidence>;

type Flaws = Readonly<Record<string, (evidence: Evidence) => unknown>>;

/** By invariant, flaws that have to be noticed. */
const FLAWS: Readonly<Record<keyof typeof INVARIANTS, Flaws> & Record<string, Flaws>> = {
  'no script began twice for one run': {
    'a second process': ({ journal }) => journal.get(ID)!.began.push({ pid: 2, startTime: '2' }),
  },
  'no accepted run is missing': {
    'an id that was answered only': ({ starts }) => starts.push({ ...starts[0]!, runId: 'another' }),
  },
  'nothing ran that is not on record': {
    'a script without a run': ({ journal }) => journal.set('another', { began: [], exitCode: 0 }),
  },
  'nothing that was refused is on record': {
    'a run of a script that was disabled': ({ starts }) => Object.assign(starts[0]!, { status: 409, runId: null }),
  },
  'a keyed start has one run': {
    'two answers': ({ starts }) =>
      starts.splice(0, 1, { ...starts[0]!, key: 'k' }, { ...starts[0]!, key: 'k', runId: 'another' }),
    'two stored runs': ({ starts, runs }) => {
      starts[0]!.key = 'k';
      runs.set('another', { ...runs.get(ID)!, id: 'another' });
    },
  },
  'every run has ended within 30 s of the last fault': {
    'one that waits': ({ unsettled }) => unsettled.push('run x is queued'),
  },
  'a run has one end, the same in record, log and streams': {
    'a second end': ({ events }) => events.get(ID)!.splice(4, 0, { seq: 5, type: 'status', ...end }),
    'a log without done': ({ events }) => events.get(ID)!.pop(),
    'another status in the log': ({ events }) => (events.get(ID)![5]!.status = 'succeeded'),
    'another reason in the list': ({ listViewer }) => (listViewer.ends.get(ID)![0]!.meta.reason = 'interrupted'),
    'a run that still runs': ({ runs }) => (runs.get(ID)!.status = 'running'),
  },
  'an end that was seen once stays': {
    'another exit code later': ({ watch }) => (watch.ended.get(ID)!.exitCode = 8),
  },
  'events are numbered from 1 without a gap': {
    'a missing event': ({ events }) => events.get(ID)!.splice(2, 1),
  },
  'what viewers were sent is what is stored': {
    'an event that is not stored': ({ viewers }) => viewers[0]!.received.push({ seq: 7, type: 'log', line: 'lost' }),
    'another text': ({ viewers }) => (viewers[0]!.received[2] = { ...viewers[0]!.received[2]!, line: 'two' }),
    'no end': ({ viewers }) => (viewers[0]!.isDone = false),
    'a gap': ({ viewers }) => viewers[0]!.complaints.push('after 1 it received 3'),
  },
  'exit codes and reasons are those of the scripts': {
    'an exit code that the script has not': ({ journal }) => (journal.get(ID)!.exitCode = 0),
    'a script that did not end': ({ journal }) => (journal.get(ID)!.exitCode = null),
    'an end that nobody made': ({ runs }) => (runs.get(ID)!.meta.reason = 'spawn-failed'),
    'a time limit that is not there': ({ runs }) => (runs.get(ID)!.meta.reason = 'timeout'),
  },
  'a log is what was printed, all of it or where it was cut off its beginning': {
    'a missing piece': ({ events }) => (events.get(ID)![2]!.line = ''),
    'something twice': ({ events }) => (events.get(ID)![2]!.line = 'one\none\n'),
    'another download': ({ logs }) => (logs.get(ID)!.stderr = ''),
    'an end without a beginning': ({ runs, events }) => {
      runs.get(ID)!.meta.reason = 'interrupted';
      events.get(ID)![2]!.line = 'ne\n';
    },
    'another tail': (evidence) => {
      evidence.kindOf = () => 'quick';
      evidence.events.get(ID)![2]!.line = evidence.logs.get(ID)!.stdout = `quick ${ID}\n`;
      evidence.events.get(ID)![3]!.line = evidence.logs.get(ID)!.stderr = '';
      evidence.runs.get(ID)!.outputTail = 'quick';
    },
  },
  'no process of an ended run lives, but for leftovers': {
    'one that lives': ({ watch }) => watch.broken.processes.push('process 7'),
  },
  'each stored change of a script has one audit event': {
    'a creation without one': ({ audit }) => audit.shift(),
    'a creation with two': ({ audit }) => audit.push(audit[0]!),
    'a saved revision without one': ({ scripts }) => (scripts.get(SCRIPT)!.revision = 2),
    'a deletion without one': ({ scripts }) => scripts.delete(SCRIPT),
    'an event of a script that is not there': ({ audit }) => audit.push({ ...audit[0]!, entity: { id: 'another' } }),
  },
  'each run, and each cancel, has one audit event': {
    'a run without one': ({ audit }) => audit.pop(),
    'a run with two': ({ audit }) => audit.push(audit[1]!),
    'a cancel without one': ({ runs }) => Object.assign(runs.get(ID)!.meta, { cancel: { at } }),
    'an event without its run': ({ audit }) => audit.push({ ...audit[1]!, runId: 'another' }),
  },
  'no change that was answered is lost': {
    'a script that was made': ({ made }) => made.set('another', { ...made.get(SCRIPT)! }),
    'a revision that was saved': ({ made }) => (made.get(SCRIPT)!.revision = 2),
    'a deletion': ({ made }) => (made.get(SCRIPT)!.isDeleted = true),
    'a cancel': ({ cancels }) => cancels.set(ID, 202),
  },
  'no more runs wait than may': { 'one more': ({ watch }) => watch.broken.queue.push('41') },
  '/healthz tells the truth': { 'a lie': ({ watch }) => watch.broken.health.push('200') },
  'the server ends on a signal, and only then': { 'a crash': ({ server }) => server.complaints.push('it ended') },
  'no request is answered 500': { 'one that is': ({ api }) => api.internalErrors.push('GET /') },
  'no secret is in any file': { 'one that is': ({ leaks }) => leaks.push('runlet.db') },
  'the store is whole': { damage: ({ damage }) => damage.push('page 3') },
};

const INVARIANT_LIST: readonly [name: string, violationsIn: (evidence: Evidence) => readonly string[]][] =
  Object.entries(INVARIANTS);

describe.each(INVARIANT_LIST)('The invariant of npm run chaos, %s,', (name, violationsIn) => {
  it('holds where nothing is wrong', () => expect(violationsIn(soundEvidence())).toEqual([]));

  it.each(Object.entries(FLAWS[name]!))('is broken by %s', (_flaw, make) => {
    const evidence = soundEvidence();
    make(evidence);
    expect(violationsIn(evidence)).not.toEqual([]);
  });
});

describe('The plan of npm run chaos', () => {
  const plan = (seed: string, seconds: number, store = 'sqlite'): readonly { what: string; kind?: string }[] =>
    planOf({ seed, seconds, store });

  it('depends on its seed alone, and a longer one begins with the shorter', () => {
    const short = plan('7', 60);
    expect(plan('7', 60)).toEqual(short);
    expect(plan('7', 600).slice(0, short.length)).toEqual(short);
    expect(plan('8', 60)).not.toEqual(short);
  });

  it.each(['sqlite', 'mongodb'])('has every operation, kind of script and fault in an hour on %s', (store) => {
    const steps = plan('7', 3600, store);
    const ofStore = store === 'sqlite' ? ['hold-store', 'limit-files'] : ['freeze-store', 'stop-store'];
    const faults = ['kill', 'terminate', 'freeze', 'fill-disk', ...ofStore];
    const operations = ['start', 'cancel', 'follow', 'keyed', 'create', 'edit', 'delete', 'burst'];
    expect(new Set(steps.map(({ what }) => what))).toEqual(new Set([...faults, ...operations]));
    expect(new Set(steps.flatMap(({ kind }) => kind ?? []))).toEqual(new Set(Object.keys(KINDS)));
  });
});
