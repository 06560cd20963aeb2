import { KINDS } from './kinds.js';
import type { EnvRow, ScriptForm } from './script-form.js';

export type FormField = keyof ScriptForm;

/** Every field, in the order in which the page shows them, with the words for it. */
export const FIELD_WORDS: Readonly<Record<FormField, string>> = {
  name: 'Name',
  codeIdentifier: 'Identifier',
  description: 'Description',
  kind: 'Type and runner',
  script: 'Script',
  env: 'Environment',
  timeLimit: 'Time limit',
  defaultWorkingDirectory: 'Working directory',
  enabled: 'Enabled',
  confirm: 'Asks before it runs',
};

/** The field that an issue of the server's names: `env.0.key`, `timeoutMs`. null for what the page has no field for. */
export const fieldOfPath = (path: string): FormField | null => {
  const name = path.split('.')[0] ?? '';
  if (name === 'type' || name === 'runner') return 'kind';
  if (name === 'timeoutMs') return 'timeLimit';
  return Object.hasOwn(FIELD_WORDS, name) ? (name as FormField) : null;
};

export interface FieldChange {
  readonly field: FormField;
  /** In words; of the script's body, its text. */
  readonly before: string;
  readonly after: string;
}

export const changesBetween = (before: ScriptForm, after: ScriptForm): readonly FieldChange[] =>
  changedFields(before, after).map((field) => ({
    field,
    before: writeField(before, field),
    after: writeField(after, field),
  }));

export const changedFields = (before: ScriptForm, after: ScriptForm): readonly FormField[] =>
  (Object.keys(FIELD_WORDS) as FormField[]).filter((field) => !sameValue(before[field], after[field]));

/** Two admins' changes of the same script, told apart field by field. */
export interface Meeting {
  /** Mine, with what only they have changed taken over. */
  readonly merged: ScriptForm;
  /** Fields that only they have changed. */
  readonly taken: readonly FormField[];
  /** Fields that both have changed, and not to the same. */
  readonly contested: readonly FormField[];
}

/** @param base the revision that mine began with */
export const meet = (base: ScriptForm, mine: ScriptForm, theirs: ScriptForm): Meeting => {
  const byMe = new Set(changedFields(base, mine));
  const byThem = changedFields(base, theirs);
  const taken = byThem.filter((field) => !byMe.has(field));
  const contested = byThem.filter((field) => byMe.has(field) && !sameValue(mine[field], theirs[field]));
  return { merged: { ...mine, ...pick(theirs, taken) }, taken, contested };
};

const pick = (form: ScriptForm, fields: readonly FormField[]): Partial<ScriptForm> =>
  Object.fromEntries(fields.map((field) => [field, form[field]]));

const sameValue = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

const writeField = (form: ScriptForm, field: FormField): string => {
  const value = form[field];
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (field === 'kind') return KIND_WORDS[form.kind] ?? 'not chosen';
  if (typeof value === 'string') return value === '' ? (EMPTY[field] ?? '') : value;
  return value.map(writeRow).join('\n');
};

const KIND_WORDS: Readonly<Record<string, string>> = Object.fromEntries(
  KINDS.map(({ id, word, where }) => [id, `${word}, ${where}`]),
);

const EMPTY: Partial<Record<FormField, string>> = { timeLimit: 'default', codeIdentifier: 'made from the name' };

const writeRow = ({ key, value, secret, stored }: EnvRow): string => {
  if (!secret) return `${key}=${value}`;
  return `${key}: secret${stored ? (value === '' ? '' : ', new value') : ''}`;
};
