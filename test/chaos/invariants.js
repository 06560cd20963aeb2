import { isDeepStrictEqual } from 'node:util';
import { KINDS } from './kinds.js';
import { endOf } from './watch.js';

/** Reasons that an end may have here. */
const REASONS = 'exit-code timeout canceled shutdown interrupted script-disabled cwd-missing log-lost'.split(' ');

/** What must hold. Each invariant answers its violations in the evidence (`evidence.js`), none when it holds. */
export const INVARIANTS = {
  'no script began twice for one run': ({ journal }) =>
    [...journal].flatMap(([runId, { began }]) =>
      violation(began.length > 1, `run ${runId} began ${began.length} times`),
    ),

  'no accepted run is missing': ({ starts, runs }) =>
    starts.flatMap(({ runId }) => violation(runId !== null && !runs.has(runId), `run ${runId}`)),

  'nothing ran that is not on record': ({ journal, runs }) =>
    [...journal.keys()].flatMap((runId) => violation(!runs.has(runId), `a script ran as ${runId}, which is no run`)),

  'nothing that was refused is on record': ({ starts, runs }) =>
    [...groupBy(starts, ({ scriptId }) => scriptId)].flatMap(([scriptId, sent]) => {
      const accepted = new Set(sent.map(({ runId }) => runId));
      const others = [...runs.values()].filter((run) => run.scriptId === scriptId && !accepted.has(run.id));
      const excess = others.length - sent.filter(isUnknown).length;
      return violation(excess > 0, `${excess} runs of script ${scriptId} (${others.map(({ id }) => id).join(', ')})`);
    }),

  'a keyed start has one run': ({ starts, runs }) =>
    [...groupBy(starts, ({ key }) => key)].flatMap(([key, sent]) => {
      if (key === null) return [];
      const answered = new Set(sent.flatMap(({ runId }) => runId ?? []));
      const stored = [...runs.values()].filter(({ scriptId }) => scriptId === sent[0].scriptId);
      return violation(
        answered.size > 1 || stored.length > 1,
        `${key}: ${answered.size} were answered, ${stored.length} are stored`,
      );
    }),

  'every run has ended within 30 s of the last fault': ({ unsettled }) => unsettled,

  'a run has one end, the same in record, log and streams': ({ runs, events, listViewer }) =>
    [...runs.values()].flatMap((run) => {
      const final = events
        .get(run.id)
        .filter(({ type, status }) => type === 'done' || !LIVE.includes(status ?? 'queued'));
      const ends = new Set([...final, ...(listViewer.ends.get(run.id) ?? [])].map(finalOf));
      return [
        ...violation(final.map(({ type }) => type).join() !== 'status,done', `run ${run.id} has ${final.length} ends`),
        ...violation(events.get(run.id).at(-1)?.type !== 'done', `run ${run.id}: its log does not end with done`),
        ...violation(
          ends.size !== 1 || !ends.has(finalOf(run)),
          `run ${run.id}: ${finalOf(run)}, and ${[...ends].join()}`,
        ),
      ];
    }),

  'an end that was seen once stays': ({ watch, runs }) => [
    ...watch.broken.ends,
    ...[...watch.ended.values()].flatMap((seen) => {
      const stored = runs.get(seen.id);
      return violation(
        !stored || endOf(seen) !== endOf(stored),
        `run ${seen.id}: ${endOf(seen)}, ${stored && endOf(stored)}`,
      );
    }),
  ],

  'events are numbered from 1 without a gap': ({ events }) =>
    [...events].flatMap(([runId, list]) =>
      violation(
        list.some(({ seq }, index) => seq !== index + 1),
        `run ${runId}: ${list.map(({ seq }) => seq).join()}`,
      ),
    ),

  'what viewers were sent is what is stored': ({ viewers, listViewer, events }) => [
    ...listViewer.complaints,
    ...viewers.flatMap(({ runId, received, isDone, complaints }) => [
      ...complaints.map((complaint) => `run ${runId}: ${complaint}`),
      ...violation(!isDone, `run ${runId}: a viewer did not receive its end`),
      ...received.flatMap((event) => {
        const stored = events.get(runId)?.[event.seq - 1];
        const both = `${JSON.stringify(event)}, stored ${JSON.stringify(stored)}`;
        return violation(!isDeepStrictEqual(event, stored), `run ${runId}: sent ${both}`);
      }),
    ]),
  ],

  'exit codes and reasons are those of the scripts': ({ runs, journal, kindOf }) =>
    [...runs.values()].flatMap((run) => {
      const { reason, result } = run.meta;
      const meant = kindOf(run) === 'vm2' ? 0 : (journal.get(run.id)?.exitCode ?? null);
      const isOwn = run.status === 'succeeded' || reason === 'exit-code' || reason === 'log-lost';
      const isTimed = KINDS[kindOf(run)].details?.timeoutMs !== undefined;
      return [
        ...violation(
          isOwn && run.exitCode !== meant,
          `run ${run.id}: ${endOf(run)}, and its script ended with ${meant}`,
        ),
        ...violation(reason !== null && !REASONS.includes(reason), `run ${run.id}: ${endOf(run)}: ${run.meta.message}`),
        ...violation(reason === 'timeout' && !isTimed, `run ${run.id} ended at a limit that it has not`),
        ...violation(kindOf(run) === 'vm2' && isOwn && result !== 42, `run ${run.id} has the result ${result}`),
      ];
    }),

  'a log is what was printed, all of it or where it was cut off its beginning': ({ runs, events, logs, kindOf }) =>
    [...runs.values()].flatMap((run) => {
      const kind = KINDS[kindOf(run)];
      const isOwn = run.status === 'succeeded' || run.meta.reason === 'exit-code';
      const isWhole = isOwn && run.meta.output.droppedBytes === 0; // a full disk is said there
      return ['stdout', 'stderr'].flatMap((stream) => {
        const printed = kind[stream]?.(run) ?? '';
        const stored = events
          .get(run.id)
          .map((event) => (event.stream === stream ? event.line : ''))
          .join('');
        const where = `run ${run.id} (${kindOf(run)}, ${endOf(run)}) ${stream}:`;
        if (!isWhole)
          return violation(!printed.startsWith(stored), `${where} ${brief(stored)} does not begin ${brief(printed)}`);
        const tail = stream === 'stdout' && !kind.stderr ? printed.slice(-TAIL_BYTES) : null;
        return [
          ...violation(tail !== null && run.outputTail !== tail, `${where} the tail ${brief(run.outputTail)}`),
          ...violation(stored !== printed, `${where} ${brief(stored)} instead of ${brief(printed)}`),
          ...violation(logs.get(run.id)[stream] !== printed, `${where} as text ${brief(logs.get(run.id)[stream])}`),
        ];
      });
    }),

  'no process of an ended run lives, but for leftovers': ({ watch }) => watch.broken.processes,

  'each stored change of a script has one audit event': ({ scripts, made, audit }) => {
    const events = groupBy(
      audit.filter(({ action, outcome }) => outcome === 'success' && !/run|cancel/.test(action)),
      ({ entity }) => entity.id,
    );
    return [...new Set([...scripts.keys(), ...made.keys(), ...events.keys()])].flatMap((id) => {
      const count = (action) => (events.get(id) ?? []).filter((event) => event.action === `scripts.${action}`).length;
      const script = scripts.get(id);
      const has = [count('create'), count('update'), count('delete')];
      const updates = script ? script.revision - 1 : 0;
      const wanted = [1, updates, script ? 0 : 1];
      const name = `script ${id} (${script?.name ?? 'deleted'})`;
      return violation(
        !isDeepStrictEqual(has, wanted),
        `${name}: create, update, delete ${has}, and stored are ${wanted}`,
      );
    });
  },

  'each run, and each cancel, has one audit event': ({ runs, audit }) => {
    const events = groupBy(
      audit.filter(({ action, outcome }) => outcome === 'success' && /run|cancel/.test(action)),
      ({ action, runId }) => `${action} of ${runId}`,
    );
    const missing = [...runs.values()].flatMap(({ id, meta }) => [
      ...violation(!events.has(`scripts.run of ${id}`), `run ${id}`),
      ...violation(meta.cancel !== null && !events.has(`scripts.cancel of ${id}`), `the cancel of ${id}`),
    ]);
    const wrong = [...events].flatMap(([name, list]) =>
      violation(list.length > 1 || !runs.has(list[0].runId), `${list.length} × ${name}`),
    );
    return [...missing, ...wrong];
  },

  'no change that was answered is lost': ({ scripts, made, runs, cancels }) => [
    ...[...cancels].flatMap(([id, status]) =>
      violation(status === 202 && runs.get(id).meta.cancel === null, `run ${id} was canceled`),
    ),
    ...[...made].flatMap(([id, { revision, isDeleted, mayBeDeleted }]) => [
      ...violation(isDeleted && scripts.has(id), `script ${id} was deleted, and is there`),
      ...violation(!mayBeDeleted && !scripts.has(id), `script ${id} was made, and is not there`),
      ...violation(
        scripts.has(id) && scripts.get(id).revision < revision,
        `script ${id}: revision ${revision} was saved`,
      ),
    ]),
  ],

  'no more runs wait than may': ({ watch }) => watch.broken.queue,
  '/healthz tells the truth': ({ watch }) => watch.broken.health,
  'the server ends on a signal, and only then': ({ server }) => server.complaints,
  'no request is answered 500': ({ api }) => api.internalErrors,
  'no secret is in any file': ({ leaks }) => leaks,
  'the store is whole': ({ damage }) => damage,
};

/** `OUTPUT_TAIL_BYTES`; what these scripts print is ASCII. */
const TAIL_BYTES = 65_536;
const LIVE = ['queued', 'running'];

/** Whoever got such an answer, or none, cannot know whether the start was accepted. */
const isUnknown = ({ status, code }) => status === 0 || status === 500 || code === 'store.unavailable';

const finalOf = (end) =>
  'meta' in end
    ? `${end.status} ${end.meta.reason} ${end.exitCode} ${end.meta.signal}`
    : `${end.status} ${end.reason} ${end.exitCode} ${end.signal}`;

const violation = (isBroken, message) => (isBroken ? [message] : []);

const groupBy = (items, keyOf) => {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
};

const brief = (text) => JSON.stringify(text.length > 80 ? `${text.slice(0, 40)} … ${text.slice(-40)}` : text);
