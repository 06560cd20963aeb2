import type { BrokenScriptItem, NewScript, ScriptItem } from '../api/scripts.js';
import { kindOf, type KindId } from './kinds.js';
import { writeTimeLimit } from './time-limit.js';

/** A row of the environment as it is edited. */
export interface EnvRow {
  readonly key: string;
  /** What was typed. Of a stored secret nobody gets the value back: empty keeps it. */
  readonly value: string;
  readonly secret: boolean;
  /** The server has a value for this row that it does not show. */
  readonly stored: boolean;
}

/** A script as it is being typed, every field in the form in which the page edits it. */
export interface ScriptForm {
  readonly name: string;
  readonly codeIdentifier: string;
  readonly description: string;
  /** Empty where a broken script has none that exists. */
  readonly kind: KindId | '';
  readonly script: string;
  readonly defaultWorkingDirectory: string;
  readonly env: readonly EnvRow[];
  /** As typed: `5 min`. Empty is the server's default. */
  readonly timeLimit: string;
  readonly enabled: boolean;
  readonly confirm: boolean;
}

export const EMPTY_FORM: ScriptForm = {
  name: '',
  codeIdentifier: '',
  description: '',
  kind: 'bash/host',
  script: '',
  defaultWorkingDirectory: '',
  env: [],
  timeLimit: '',
  enabled: true,
  confirm: false,
};

/** @param draft of which what is left out begins with its default */
export const formOfDraft = ({ env = [], timeoutMs = null, runner, type, ...draft }: NewScript): ScriptForm => ({
  name: draft.name,
  codeIdentifier: draft.codeIdentifier ?? '',
  description: draft.description ?? '',
  kind: kindOf(type, runner ?? null) ?? '',
  script: draft.script,
  defaultWorkingDirectory: draft.defaultWorkingDirectory ?? '',
  env: env.map(rowOf),
  timeLimit: writeTimeLimit(timeoutMs),
  enabled: draft.enabled ?? true,
  confirm: draft.confirm ?? false,
});

export const isBrokenItem = (item: ScriptItem): item is BrokenScriptItem => 'invalid' in item;

/** What could not be read of a broken script begins empty. */
export const formOf = (item: ScriptItem): ScriptForm => ({
  name: item.name ?? '',
  codeIdentifier: item.codeIdentifier ?? '',
  description: item.description ?? '',
  kind: kindOf(item.type, item.runner) ?? '',
  script: item.script ?? '',
  defaultWorkingDirectory: item.defaultWorkingDirectory ?? '',
  env: (item.env ?? []).map(rowOf),
  timeLimit: writeTimeLimit(item.timeoutMs),
  enabled: item.enabled ?? true,
  confirm: item.confirm ?? false,
});

/** A form for a script that the server does not have: it can keep no secret's value for it. */
export const detached = (form: ScriptForm): ScriptForm => ({
  ...form,
  env: form.env.map((row) => ({ ...row, stored: false })),
});

/** The same for both, whatever the server would make of it. */
export const sameForm = (a: ScriptForm, b: ScriptForm): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

const rowOf = (entry: { key: string; value?: string | undefined; secret?: boolean | undefined }): EnvRow => ({
  key: entry.key,
  value: entry.value ?? '',
  secret: entry.secret === true,
  stored: entry.secret === true,
});
