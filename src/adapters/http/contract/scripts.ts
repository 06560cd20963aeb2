import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.js';
import { SHORTEST_SECRET } from '../../../domain/secret/secret-texts.js';
import { RUNNERS, SCRIPT_TYPES, type ScriptFields } from '../../../domain/script/script.js';
import { kindsOf } from './kinds.js';
import { runListItem } from './runs.js';
import { fieldIssue, listOfAtMost, objectId, strict, time } from './schema.js';

/*
 * Only the shape is checked here. The rules are the domain's, which names every field that breaks one; that they stand in the
 * metadata is for those who read the document.
 */

const key = z
  .string()
  .meta({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', description: 'none twice, none beginning with RUNLET_' });
const value = z.string().meta({ description: `at most ${LIMITS.envValueBytes} bytes of UTF-8` });

export const plainEnvEntry = strict({ key, value }).meta({ id: 'PlainEnvEntry' });

/** As it is answered: the value of a secret never is. */
export const envEntry = z.union([plainEnvEntry, strict({ key, secret: z.literal(true) })]).meta({
  id: 'EnvEntry',
  description: 'The value of a secret is never answered.',
});

const givenEnvEntry = strict({
  key,
  value: value.optional().meta({
    description: `at least ${SHORTEST_SECRET} characters if it is a secret, and left out or empty to keep the secret that this script has under this key`,
  }),
  secret: z
    .boolean()
    .optional()
    .meta({ description: 'kept encrypted, never answered, masked in what the script prints; false gives a secret up' }),
}).meta({ id: 'GivenEnvEntry' });

const envMeta = {
  maxItems: LIMITS.envEntries,
  description: `keys and values together at most ${LIMITS.envTotalBytes} bytes, secrets at most ${LIMITS.secretsTotalBytes}`,
};

const fields = {
  name: z
    .string()
    .meta({ minLength: 1, maxLength: LIMITS.nameLength, description: 'trimmed, without control characters' }),
  codeIdentifier: z.string().meta({
    maxLength: LIMITS.codeIdentifierLength,
    description: 'parts of a-z0-9_ joined by one - each; left out or empty: made from the name',
  }),
  description: z.string().meta({ maxLength: LIMITS.descriptionLength }),
  type: z.enum(SCRIPT_TYPES),
  runner: z.enum(RUNNERS).meta({ description: 'bash: host; node: host (the default) or vm2; browser: browser' }),
  script: z.string().meta({ minLength: 1, description: `the body, at most ${LIMITS.scriptBytes} bytes of UTF-8` }),
  defaultWorkingDirectory: z.string().meta({
    maxLength: LIMITS.workingDirectoryLength,
    description: 'absolute, or empty for the home of the user that runs it',
  }),
  env: z.array(envEntry).meta(envMeta),
  timeoutMs: z
    .number()
    .meta({ type: 'integer', minimum: LIMITS.timeoutMinMs, maximum: LIMITS.timeoutMaxMs })
    .nullable()
    .meta({ description: "null: the server's DEFAULT_TIMEOUT_MS" }),
  enabled: z.boolean(),
  confirm: z.boolean().meta({
    description:
      'a page that starts the script asks before, naming it; false by default; a start over the API is not refused',
  }),
} satisfies Record<keyof ScriptFields, z.ZodType>;

export const SCRIPT_FIELDS = Object.keys(fields) as readonly (keyof ScriptFields)[];

const scriptFormat = z
  .enum(['string', 'base64'])
  .meta({ description: 'base64: script is encoded; it is kept and answered plain' });

const everyFieldOptional = z
  .object({ ...fields, env: listOfAtMost(LIMITS.envEntries, givenEnvEntry, 'entries').meta(envMeta) })
  .partial().shape;

export const newScript = strict({
  ...everyFieldOptional,
  name: fields.name,
  type: fields.type,
  script: fields.script,
  scriptFormat: scriptFormat.optional(),
}).meta({ id: 'NewScript', oneOf: kindsOf(['type']) });

const ignored = z.unknown().optional().meta({ description: 'ignored, so that what was answered can be sent back' });

export const scriptChanges = strict({
  ...everyFieldOptional,
  scriptFormat: scriptFormat.optional(),
  revision: z
    .int('must be a whole number')
    .min(0, 'must not be negative')
    .optional()
    .meta({ description: 'the revision that was edited; with any but the present one nothing is changed (409)' }),
  id: ignored,
  _id: ignored,
  createdAt: ignored,
  updatedAt: ignored,
  lastRun: ignored,
  usualDurationMs: ignored,
  invalid: ignored,
}).meta({ id: 'ScriptChanges', description: 'Fields that are left out stay as they are; env is replaced whole.' });

const head = { id: objectId, _id: objectId };
const kept = { revision: z.int().min(0), createdAt: time, updatedAt: time };
const invalid = z
  .array(fieldIssue)
  .meta({ description: 'why the stored document is no script; saved corrected it becomes one' });
const activity = {
  lastRun: runListItem.nullable(),
  usualDurationMs: z.int().nullable().meta({ description: 'median of the last 20 successes' }),
};
const { script: _script, env: _env, ...summaryFields } = fields;

const unread = <Shape extends Record<string, z.ZodType>>(shape: Shape) =>
  Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.nullable()])) as {
    [F in keyof Shape]: z.ZodNullable<Shape[F]>;
  };

export const script = strict({ ...head, ...fields, ...kept }).meta({
  id: 'Script',
  oneOf: kindsOf(['type', 'runner']),
});

export const brokenScript = strict({ ...head, ...unread(fields), ...kept, invalid }).meta({
  id: 'BrokenScript',
  description: 'A stored document that breaks the rules: null stands for what could not be read.',
});

export const storedScript = z.union([script, brokenScript]);

export const scriptSummary = z.union([
  strict({ ...head, ...summaryFields, ...kept, ...activity }).meta({
    id: 'ScriptSummary',
    oneOf: kindsOf(['type', 'runner']),
  }),
  strict({ ...head, ...unread(summaryFields), ...kept, ...activity, invalid }).meta({ id: 'BrokenScriptSummary' }),
]);

export type NewScript = z.infer<typeof newScript>;
export type ScriptChanges = z.infer<typeof scriptChanges>;
export type ScriptItem = z.infer<typeof storedScript>;
export type ScriptSummaryItem = z.infer<typeof scriptSummary>;
