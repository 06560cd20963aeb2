import { readSetting, removeSetting, writeSetting } from '../platform/settings-storage.js';
import { EMPTY_FORM, type EnvRow, type ScriptForm } from './script-form.js';

/** What was typed and not saved, kept in this browser. Values of secrets are never in it. */
export interface Draft {
  readonly form: ScriptForm;
  /** What the script was when the typing began; null for one that was never saved. */
  readonly base: ScriptForm | null;
  /** Revision of `base`. */
  readonly revision: number | null;
  /** ISO 8601 */
  readonly at: string;
}

/** @param id of the script, or `new` */
export const readDraft = (id: string): Draft | null => {
  const text = readSetting(nameOf(id));
  return text === null ? null : parse(text);
};

/** @returns whether it outlives the page; storage may be full or refused */
export const keepDraft = (id: string, draft: Draft): boolean => {
  const { form, base } = draft;
  const kept: Draft = { ...draft, form: withoutSecrets(form), base: base && withoutSecrets(base) };
  return writeSetting(nameOf(id), JSON.stringify(kept));
};

export const dropDraft = (id: string): void => removeSetting(nameOf(id));

/** Whether a draft of this form would lack something. */
export const hasTypedSecrets = ({ env }: ScriptForm): boolean =>
  env.some(({ secret, value }) => secret && value !== '');

const nameOf = (id: string): string => `draft.${id}`;

const withoutSecrets = (form: ScriptForm): ScriptForm => ({
  ...form,
  env: form.env.map((row) => (row.secret || row.stored ? { ...row, value: '' } : row)),
});

/** Storage may hold what an older version or something else wrote: what does not fit is no draft. */
const parse = (text: string): Draft | null => {
  try {
    const { form, base, revision, at } = JSON.parse(text) as Record<string, unknown>;
    if (!isForm(form) || (base !== null && !isForm(base))) return null;
    if ((revision !== null && typeof revision !== 'number') || typeof at !== 'string') return null;
    return { form, base, revision, at };
  } catch {
    return null;
  }
};

const isForm = (value: unknown): value is ScriptForm => {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Record<string, unknown>;
  return Object.entries(EMPTY_FORM).every(([field, empty]) =>
    Array.isArray(empty)
      ? Array.isArray(given[field]) && given[field].every(isRow)
      : typeof given[field] === typeof empty,
  );
};

const isRow = (value: unknown): value is EnvRow => {
  if (typeof value !== 'object' || value === null) return false;
  const { key, value: text, secret, stored } = value as Record<string, unknown>;
  return (
    typeof key === 'string' && typeof text === 'string' && typeof secret === 'boolean' && typeof stored === 'boolean'
  );
};
