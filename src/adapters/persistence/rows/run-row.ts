import { z } from 'zod';
import type { BrokenRun } from '../../../application/ports/run-repository.js';
import { LIMITS } from '../../../domain/limits.js';
import { msBetween, RUN_STATUSES, TRIGGERS, type RunSummary, type ScriptRun } from '../../../domain/run/script-run.js';
import { tailOfUtf8 } from '../../../domain/text.js';
import { readForeignMeta, readOwnMeta } from './run-meta-row.js';
import { issuesOf, oneOf, text, time, timeOfId, whole, type Row } from './row.js';

/**
 * A run as a store has it, `claim` included, or what could be read of one. A run that Runlet did not accept (no `claim.owner`) may have
 * any `meta`: parts that are not as Runlet writes them get neutral values.
 * @param row with `id`
 */
export const readRun = (row: Row): ScriptRun | BrokenRun => {
  const shape = run.safeParse(row);
  if (!shape.success) return brokenRun(row, issuesOf(shape.error));
  const { id, startedAt, finishedAt } = shape.data;
  const meta = (shape.data.claim.owner === null ? readForeignMeta : readOwnMeta)(shape.data.meta);
  if (!meta.success) return brokenRun(row, issuesOf(meta.error, 'meta'));
  const createdAt = shape.data.createdAt ?? timeOfId(id);
  const took = startedAt && finishedAt && msBetween(startedAt, finishedAt);
  return {
    ...shape.data,
    createdAt,
    updatedAt: shape.data.updatedAt ?? finishedAt ?? startedAt ?? createdAt,
    meta: { ...meta.data, durationMs: meta.data.durationMs ?? took },
  };
};

/** @param row without `outputTail` */
export const readRunSummary = (row: Row): RunSummary | BrokenRun => {
  const read = readRun(row);
  if (isBrokenRun(read)) return read;
  const { outputTail: _, ...summary } = read;
  return summary;
};

/** So much of a tail is enough for its preview: what is cut in the middle of a character loses up to 3 bytes. */
export const PREVIEW_ROW_BYTES = LIMITS.previewBytes + 3;

/** @param row whose `outputTail` may be the last `PREVIEW_ROW_BYTES` of what is stored */
export const readRunPreview = (row: Row): ScriptRun | BrokenRun => {
  const read = readRun(row);
  return isBrokenRun(read) ? read : { ...read, outputTail: tailOfUtf8(read.outputTail, LIMITS.previewBytes) };
};

export const isBrokenRun = (read: RunSummary | BrokenRun): read is BrokenRun => 'broken' in read;

const brokenRun = ({ id, scriptId, createdAt }: Row, broken: BrokenRun['broken']): BrokenRun => ({
  id: String(id),
  scriptId: typeof scriptId === 'string' ? scriptId : null,
  createdAt: time.safeParse(createdAt).data ?? timeOfId(String(id)),
  broken,
});

const process = z.object({
  pid: whole,
  startTime: text.nullable(),
  bootId: text.nullable(),
  cookie: text,
  cgroup: text.nullable(),
  server: z.object({ pid: whole, startTime: text, namespace: text }).optional(),
});

const claim = z.object(
  {
    owner: text.nullable().default(null),
    token: text.nullable().default(null),
    process: process.nullable().default(null),
  },
  'must be an object',
);

const run = z.object({
  id: text,
  scriptId: text,
  status: oneOf(RUN_STATUSES),
  trigger: oneOf(TRIGGERS),
  createdAt: time.nullish(),
  updatedAt: time.nullish(),
  startedAt: time.nullable().default(null),
  finishedAt: time.nullable().default(null),
  exitCode: whole.nullable().default(null),
  outputTail: text.nullish().transform((tail) => tail ?? ''),
  meta: z
    .record(z.string(), z.unknown(), 'must be an object')
    .nullish()
    .transform((meta) => meta ?? {}),
  claim: claim.nullish().transform((given) => given ?? { owner: null, token: null, process: null }),
});
