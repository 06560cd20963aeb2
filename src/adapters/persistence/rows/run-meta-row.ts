import { z } from 'zod';
import { ENDING_SIGNALS, REASONS, type RunMeta, SURVIVORS } from '../../../domain/run/script-run.js';
import { RUNNERS, SCRIPT_TYPES } from '../../../domain/script/script.js';
import { actor, oneOf, text, time, whole, type Row } from './row.js';

const object = 'must be an object';
const script = z.object(
  { name: text, codeIdentifier: text, type: oneOf(SCRIPT_TYPES), runner: oneOf(RUNNERS), revision: whole },
  object,
);
const leftover = z.object(
  { pid: whole, command: text, ended: z.boolean('must be true or false'), startTime: text.optional() },
  object,
);
const signalled = z.object(
  { signals: z.array(oneOf(ENDING_SIGNALS), 'must be a list'), processes: whole, survivors: oneOf(SURVIVORS) },
  object,
);

/** Each part of `meta` with what it is where it is missing. */
const PARTS = {
  actor: [actor, { type: 'system', name: '' }],
  address: [text.nullable(), null],
  userAgent: [text.nullable(), null],
  script: [script, { name: '', codeIdentifier: '', type: 'bash', runner: 'host', revision: 0 }],
  timeoutMs: [whole, 0],
  signal: [text.nullable(), null],
  reason: [oneOf(REASONS).nullable(), null],
  message: [text.nullable(), null],
  durationMs: [z.number('must be a number').nullable(), null],
  output: [
    z.object({ bytes: whole, lines: whole, droppedBytes: whole }, object),
    { bytes: 0, lines: 0, droppedBytes: 0 },
  ],
  lastSeq: [whole, 0],
  cancel: [z.object({ at: time, by: actor }, object).nullable(), null],
  leftovers: [z.array(leftover, 'must be a list'), []],
  signalled: [signalled.nullable(), null],
} satisfies { [P in Exclude<keyof RunMeta, 'result' | 'reportedBy'>]: [z.ZodType<RunMeta[P]>, RunMeta[P]] };

const parts = Object.entries(PARTS);

const metaOf = (adapt: (part: z.ZodType, neutral: unknown) => z.ZodType): z.ZodType<RunMeta> =>
  z.object({
    ...Object.fromEntries(parts.map(([name, [part, neutral]]) => [name, adapt(part, neutral)])),
    result: z.unknown().optional(),
    reportedBy: z.literal('page').optional().catch(undefined), // only Runlet means something by it
  }) as unknown as z.ZodType<RunMeta>;

const own = metaOf((part) => part);
const foreign = metaOf((part, neutral) => part.catch(() => structuredClone(neutral)));

/** `meta` as Runlet writes it. What is missing is neutral, what is wrong is an error. */
export const readOwnMeta = (meta: Row): z.ZodSafeParseResult<RunMeta> => own.safeParse(complete(meta));

/** `meta` of a run that another application wrote: a part that is not of Runlet's shape means something else there, and is neutral here. */
export const readForeignMeta = (meta: Row): z.ZodSafeParseResult<RunMeta> => foreign.safeParse(complete(meta));

const complete = (meta: Row): Row => {
  const filled: Record<string, unknown> = { ...meta };
  for (const [name, [, neutral]] of parts) filled[name] ??= neutral;
  return filled;
};
