import { DomainError, type FieldIssue } from '../errors.js';
import { LIMITS } from '../limits.js';
import { identifierIssues } from './code-identifier.js';
import type { GivenEnvEntry, PlainEnvEntry, SecretEnvEntry, UnsealedEnvEntry } from './env-entry.js';
import { envIssues, secretIssues } from './env-rules.js';
import { RUNNERS_OF, type Runner, type ScriptFields, type ScriptType } from './script.js';
import { shellVariableIssues } from './shell-variables.js';
import { firstOf, here, wellFormed, within, withinBytes, withinCharacters } from './text-rules.js';

/** A script before it is known to keep the rules: its secrets as given, or as kept. */
export type ScriptDraft = Partial<ScriptFields<GivenEnvEntry | SecretEnvEntry>>;
/** A script that keeps the rules; what it has of new secrets is not sealed yet. */
export type ValidFields = ScriptFields<PlainEnvEntry | SecretEnvEntry | UnsealedEnvEntry>;

/** A draft with its defaults and in the form in which it is kept; `codeIdentifier` is empty when it has to be made from the name. */
export const completeDraft = (draft: ScriptDraft): ScriptDraft => ({
  description: '',
  defaultWorkingDirectory: '',
  env: [],
  timeoutMs: null,
  enabled: true,
  confirm: false,
  ...draft,
  ...(draft.name === undefined ? {} : { name: draft.name.trim() }),
  codeIdentifier: draft.codeIdentifier ?? '',
  ...(draft.runner === undefined && draft.type !== undefined ? { runner: RUNNERS_OF[draft.type][0] } : {}),
});

/**
 * The fields, if they keep every rule.
 * @param present the identifier that the script has, which may be older than the rule for them
 * @throws DomainError `script.invalid` naming each field that does not.
 */
export const requireValid = (fields: ScriptDraft, present?: string): ValidFields => {
  const issues = [...findIssues(fields), ...issuesOfSaving(fields, present)];
  if (issues.length > 0) throw new DomainError('script.invalid', describe(issues), { issues: firstIssues(issues) });
  return fields as ValidFields;
};

/** Everything that breaks a rule of stored scripts, a field at a time. Empty: `fields` is a whole script. */
export const findIssues = (fields: ScriptDraft): FieldIssue[] => {
  const issues: FieldIssue[] = [];
  for (const field of Object.keys(RULES) as (keyof ScriptFields)[]) {
    const value = fields[field];
    if (value === undefined) issues.push({ path: field, message: 'is missing' });
    else
      for (const issue of (RULES[field] as Rule<unknown>)(value, fields))
        issues.push({ ...issue, path: join(field, issue.path) });
  }
  return issues;
};

/** What breaks a rule that stored scripts may break: they were saved before it. */
const issuesOfSaving = ({ codeIdentifier = '', env = [], runner }: ScriptDraft, present?: string): FieldIssue[] => [
  ...(codeIdentifier === present ? [] : identifierIssues(codeIdentifier)),
  ...(runner === 'host'
    ? shellVariableIssues(env).map(({ path, message }) => ({ path: join('env', path), message }))
    : []),
];

/** One sentence of all issues, for the error's `error`. */
export const describe = (issues: readonly FieldIssue[]): string => {
  const named = firstIssues(issues);
  const shown = named.slice(0, 3).map(({ path, message }) => `${path} ${message}`);
  const more = named.length - shown.length;
  const atLeast = issues.length > named.length ? 'at least ' : '';
  return shown.join('; ') + (more > 0 ? `; and ${atLeast}${more} more` : '');
};

/** Those that are answered. */
export const firstIssues = (issues: readonly FieldIssue[]): readonly FieldIssue[] => issues.slice(0, LIMITS.issues);

type Rule<T> = (value: T, all: ScriptDraft) => FieldIssue[];

const RULES: { readonly [F in keyof ScriptFields]: Rule<Exclude<ScriptDraft[F], undefined>> } = {
  name: (name) =>
    firstOf(
      () => withinCharacters(name, 1, LIMITS.nameLength),
      () => (/\p{Cc}/u.test(name) ? [here('must not contain control characters')] : wellFormed(name)),
    ),
  codeIdentifier: (identifier) => within(identifier.length, 0, LIMITS.codeIdentifierLength, 'character'),
  description: (text) =>
    firstOf(
      () => withinCharacters(text, 0, LIMITS.descriptionLength),
      () => wellFormed(text),
    ),
  type: (type) => (type in RUNNERS_OF ? [] : [here(`must be one of ${Object.keys(RUNNERS_OF).join(', ')}`)]),
  runner: (runner, { type }) => runnerFits(runner, type),
  script: (body) =>
    firstOf(
      () => withinBytes(body, 1, LIMITS.scriptBytes),
      () => wellFormed(body),
    ),
  defaultWorkingDirectory: (path) =>
    firstOf(
      () => withinCharacters(path, 0, LIMITS.workingDirectoryLength),
      () => (path !== '' && !path.startsWith('/') ? [here('must be empty or an absolute path')] : wellFormed(path)),
    ),
  env: (env, { type }) => [...envIssues(env), ...(type === 'browser' ? secretIssues(env) : [])],
  timeoutMs: (timeout) =>
    timeout === null || (Number.isInteger(timeout) && timeout >= LIMITS.timeoutMinMs && timeout <= LIMITS.timeoutMaxMs)
      ? []
      : [
          here(
            `must be a whole number of ms from ${LIMITS.timeoutMinMs} to ${LIMITS.timeoutMaxMs}, or null for the default`,
          ),
        ],
  enabled: () => [],
  confirm: () => [],
};

const runnerFits = (runner: Runner, type: ScriptType | undefined): FieldIssue[] => {
  const fitting: readonly Runner[] | undefined = type && RUNNERS_OF[type];
  if (!fitting || fitting.includes(runner)) return [];
  return [here(`${runner} cannot run a ${type} script; name one of: ${fitting.join(', ')}`)];
};

const join = (field: string, path: string): string => (path === '' ? field : `${field}.${path}`);
