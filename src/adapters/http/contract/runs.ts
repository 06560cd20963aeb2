import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.js';
import { ENDING_SIGNALS, REASONS, RUN_STATUSES, SURVIVORS, TRIGGERS } from '../../../domain/run/script-run.js';
import { RUNNERS, SCRIPT_TYPES } from '../../../domain/script/script.js';
import { kindsOf } from './kinds.js';
import { fieldIssue, objectId, strict, time } from './schema.js';

export const runStatus = z.enum(RUN_STATUSES);
export const trigger = z.enum(TRIGGERS);
export const reason = z.enum(REASONS).meta({ description: 'why the run did not succeed' });
export const actor = strict({ type: z.enum(['admin', 'user', 'system', 'anonymous']), name: z.string() }).meta({
  id: 'Actor',
});
const count = z.int().min(0);

const metaFields = {
  actor,
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  script: strict({
    name: z.string(),
    codeIdentifier: z.string(),
    type: z.enum(SCRIPT_TYPES),
    runner: z.enum(RUNNERS),
    revision: count,
  }).meta({ description: 'the script as it was when the run was accepted', oneOf: kindsOf(['type', 'runner']) }),
  timeoutMs: z.int(),
  signal: z.string().nullable().meta({ description: 'that ended the script: SIGKILL' }),
  reason: reason.nullable(),
  message: z.string().nullable().meta({ description: 'the reason in words, where there is more to say' }),
  durationMs: z.number().nullable(),
  output: strict({ bytes: count, lines: count, droppedBytes: count }),
  lastSeq: count.meta({ description: 'of the last stored event; the final status and done follow it' }),
  cancel: strict({ at: time, by: actor }).nullable(),
  leftovers: z
    .array(strict({ pid: z.int(), command: z.string(), ended: z.boolean() }))
    .meta({ description: 'processes that outlived the script: ended by Runlet, or left alone' }),
  signalled: strict({
    signals: z.array(z.enum(ENDING_SIGNALS)),
    processes: count.meta({ description: 'that there were to end' }),
    survivors: z.enum(SURVIVORS).meta({
      description: 'possible: none is known, but without a cgroup one that took off every mark of the run is not seen',
    }),
  })
    .nullable()
    .meta({ description: 'what Runlet sent to end the run’s processes; null when there was nothing to end' }),
  result: z.unknown().optional().meta({ description: 'JSON value that a vm2 or browser script ended with' }),
  reportedBy: z
    .literal('page')
    .optional()
    .meta({ description: 'of a browser script: output and end are what the page that ran it says' }),
};
const listMeta = strict(metaFields).meta({ id: 'RunListMeta' });
const queuePosition = z.int().min(1).nullable().meta({
  description:
    'how many runs start before it and itself, 1 is the next; null when it does not wait in the queue of this server',
});
const meta = strict({ ...metaFields, queuePosition }).meta({ id: 'RunMeta' });

const listFields = {
  id: objectId,
  _id: objectId,
  scriptId: objectId,
  status: runStatus,
  trigger,
  createdAt: time,
  updatedAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  exitCode: z.int().nullable(),
  meta: listMeta,
};
const outputTail = z.string().meta({ description: 'the last output of both streams' });

const unreadFields = {
  id: objectId,
  _id: objectId,
  scriptId: z.string().nullable(),
  status: z.null(),
  trigger: z.null(),
  createdAt: time,
  updatedAt: z.null(),
  startedAt: z.null(),
  finishedAt: z.null(),
  exitCode: z.null(),
  meta: z.null(),
  invalid: z.array(fieldIssue).meta({ description: 'why the stored document is no run' }),
};

export const runListItem = strict(listFields).meta({ id: 'RunListItem', description: 'A run without its output.' });
export const brokenRunListItem = strict(unreadFields).meta({ id: 'BrokenRunListItem' });
export const run = strict({ ...listFields, meta, outputTail }).meta({ id: 'Run' });
export const brokenRun = strict({ ...unreadFields, outputTail: z.null() }).meta({ id: 'BrokenRun' });

export const runPreview = strict({
  ...listFields,
  outputTail: z
    .string()
    .meta({ description: `the last output of both streams, at most ${LIMITS.previewBytes} bytes of UTF-8` }),
}).meta({ id: 'RunPreview', description: 'A run as lists have it.' });

export const storedRun = z.union([run, brokenRun]);
export const storedRunPreview = z.union([runPreview, brokenRun]);
export const storedRunListItem = z.union([runListItem, brokenRunListItem]);

export const startRun = strict({
  trigger: z
    .enum(['api', 'manual'], 'must be api or manual; only a schedule starts runs as schedule')
    .optional()
    .meta({ default: 'api' }),
})
  .optional()
  .meta({ id: 'StartRun' });

export const foundLine = strict({
  seq: count.meta({ description: 'of the event in which the line begins' }),
  line: count.meta({ description: 'counted from 1 over the stored output' }),
  text: z.string(),
}).meta({ id: 'FoundLine' });

const logStream = z.enum(['stdout', 'stderr', 'system']);

export const outlineSection = strict({
  seq: count.meta({ description: 'of its first event; it goes on to the next section' }),
  line: count.meta({ description: 'of the first line of stdout or stderr that begins in it' }),
  begins: z
    .record(logStream, count)
    .meta({ description: 'how many lines begin in it; those of system have no number' }),
  open: z.array(logStream).meta({ description: 'streams whose last line before it goes on in it' }),
}).meta({ id: 'OutlineSection' });

export type RunItem = z.infer<typeof storedRun>;
export type StoredRunPreview = z.infer<typeof storedRunPreview>;
export type RunListItem = z.infer<typeof runListItem>;
export type StoredRunListItem = z.infer<typeof storedRunListItem>;
export type OutlineSectionItem = z.infer<typeof outlineSection>;
