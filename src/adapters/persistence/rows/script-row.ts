import { z } from 'zod';
import type { FieldIssue } from '../../../domain/errors.js';
import { findIssues } from '../../../domain/script/script-rules.js';
import {
  RUNNERS,
  RUNNERS_OF,
  SCRIPT_TYPES,
  type ScriptFields,
  type StoredScript,
} from '../../../domain/script/script.js';
import { base64Text } from './base64-text.js';
import { envEntry } from './env-entry-row.js';
import { issuesOf, oneOf, text, time, timeOfId, whole, type Row } from './row.js';

/**
 * A script as a store has it: whole, or broken with what could be read. What a document of the SPEC's shape lacks gets its default,
 * fields that are not Runlet's are ignored. A body kept with `scriptFormat: "base64"` comes out decoded.
 * @param row with `id`
 */
export const readScript = (row: Row): StoredScript => {
  const shape = parse(row.scriptFormat === 'base64' ? { ...FIELDS, script: base64Text } : FIELDS, row);
  const ours = parse(OURS, row);
  const fields = withRunner(shape.values);
  const unreadable = new Set(shape.issues.map(({ path }) => fieldOf(path)));
  const broken = [
    ...shape.issues,
    ...findIssues(fields).filter(({ path }) => !unreadable.has(fieldOf(path))),
    ...ours.issues,
  ];
  const id = String(row.id);
  const createdAt = ours.values.createdAt ?? timeOfId(id);
  const { revision = 0, updatedAt = createdAt } = ours.values;
  const head = { id, revision, createdAt, updatedAt };
  return broken.length > 0 ? { ...head, broken, salvage: fields } : { ...head, ...(fields as ScriptFields) };
};

const FIELDS = {
  name: text,
  codeIdentifier: text,
  description: text.default(''),
  type: oneOf(SCRIPT_TYPES),
  runner: oneOf(RUNNERS),
  script: text,
  defaultWorkingDirectory: text.default(''),
  env: z.array(envEntry, 'must be a list').default(() => []),
  timeoutMs: z.number('must be a number').nullable().default(null),
  enabled: z.boolean('must be true or false').default(true),
  confirm: z.boolean('must be true or false').default(false),
} satisfies Record<keyof ScriptFields, z.ZodType>;

const OURS = { revision: whole.min(0, 'must not be negative'), createdAt: time, updatedAt: time };

/** Each field by itself, so that one that cannot be read leaves the others standing. What is absent or null is no issue here. */
const parse = <Shape extends Record<string, z.ZodType>>(shape: Shape, row: Row) => {
  const values: Record<string, unknown> = {};
  const issues: FieldIssue[] = [];
  for (const [field, schema] of Object.entries(shape)) {
    const given = row[field] ?? undefined;
    const result = schema.safeParse(given);
    if (result.success) values[field] = result.data;
    else if (given !== undefined) issues.push(...issuesOf(result.error, field));
  }
  return { values: values as { [F in keyof Shape]?: z.output<Shape[F]> }, issues };
};

const withRunner = (fields: Partial<ScriptFields>): Partial<ScriptFields> =>
  fields.runner === undefined && fields.type !== undefined ? { ...fields, runner: RUNNERS_OF[fields.type][0] } : fields;

const fieldOf = (path: string): string | undefined => path.split('.')[0];
