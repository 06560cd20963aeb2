import type { NewScript } from '../api/scripts.js';
import { findKind } from './kinds.js';
import type { EnvRow, ScriptForm } from './script-form.js';
import { parseTimeLimit } from './time-limit.js';

export interface FieldIssue {
  /** As the server names fields: `env.0.key`. */
  readonly path: string;
  readonly message: string;
}

export type ScriptBody = Omit<NewScript, 'scriptFormat'>;

/** What is sent, or why nothing can be. Only what has no form in a request is judged here; the rules are the server's. */
export const requestOf = (
  form: ScriptForm,
): { readonly body: ScriptBody } | { readonly issues: readonly FieldIssue[] } => {
  const { timeLimit, env, kind: kindId, ...fields } = form;
  const limit = parseTimeLimit(timeLimit);
  const kind = findKind(kindId);
  const issues: FieldIssue[] = env.flatMap((row, index) =>
    wasUncovered(row)
      ? [{ path: `env.${index}.value`, message: 'must be typed anew: a stored secret is not shown' }]
      : [],
  );
  if (!kind) issues.push({ path: 'type', message: 'must be chosen' });
  if ('problem' in limit) issues.push({ path: 'timeoutMs', message: limit.problem });
  if (issues.length > 0 || 'problem' in limit || !kind) return { issues };
  const { type, runner } = kind;
  return { body: { ...fields, type, runner, timeoutMs: limit.ms, env: env.map(entryOf) } };
};

/** Rows that hold nothing yet are not sent. Dropped from the form itself, so that the server's issues name the rows that are seen. */
export const withoutBlankRows = (form: ScriptForm): ScriptForm => ({
  ...form,
  env: form.env.filter(({ key, value, stored }) => key !== '' || value !== '' || stored),
});

const wasUncovered = ({ stored, secret, value }: EnvRow): boolean => stored && !secret && value === '';

const entryOf = ({ key, value, secret, stored }: EnvRow) => {
  if (!secret) return value === '' ? { key, value, secret } : { key, value };
  return stored && value === '' ? { key, secret } : { key, value, secret };
};
