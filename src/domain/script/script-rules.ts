import { DomainError, type FieldIssue } from '../errors.js';
import { LIMITS } from '../limits.js';
import { codePoints, utf8Length } from '../text.js';
import { normalizeCodeIdentifier } from './code-identifier.js';
import { RUNNERS_OF, type EnvEntry, type Runner, type ScriptFields, type ScriptType } from './script.js';

/** What a caller may leave out of a new script. */
export type ScriptDraft = Pick<ScriptFields, 'name' | 'type' | 'script'> & Partial<ScriptFields>;

/** A draft with its defaults and in the form in which it is kept; `codeIdentifier` is empty when it has to be made from the name. */
export const completeDraft = (draft: Partial<ScriptFields>): Partial<ScriptFields> => ({
  description: '',
  defaultWorkingDirectory: '',
  env: [],
  timeoutMs: null,
  enabled: true,
  confirm: false,
  ...draft,
  ...(draft.name === undefined ? {} : { name: draft.name.trim() }),
  codeIdentifier: normalizeCodeIdentifier(draft.codeIdentifier ?? ''),
  ...(draft.runner === undefined && draft.type !== undefined ? { runner: RUNNERS_OF[draft.type][0] } : {}),
});

/** The fields, if they keep every rule. @throws DomainError `script.invalid` naming each field that does not. */
export const requireValid = (fields: Partial<ScriptFields>): ScriptFields => {
  const issues = findIssues(fields);
  if (issues.length > 0) throw new DomainError('script.invalid', describe(issues), { issues });
  return fields as ScriptFields;
};

/** Everything that breaks a rule, a field at a time. Empty: `fields` is a whole script. */
export const findIssues = (fields: Partial<ScriptFields>): FieldIssue[] => {
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

/** One sentence of all issues, for the error's `error`. */
export const describe = (issues: readonly FieldIssue[]): string => {
  const shown = issues.slice(0, 3).map(({ path, message }) => `${path} ${message}`);
  const more = issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
};

type Rule<T> = (value: T, all: Partial<ScriptFields>) => FieldIssue[];

const RULES: { readonly [F in keyof ScriptFields]: Rule<ScriptFields[F]> } = {
  name: (name) => [
    ...within(codePoints(name), 1, LIMITS.nameLength, 'character'),
    ...(/\p{Cc}/u.test(name) ? [here('must not contain control characters')] : wellFormed(name)),
  ],
  codeIdentifier: (identifier) => within(identifier.length, 0, LIMITS.codeIdentifierLength, 'character'),
  description: (text) => [...within(codePoints(text), 0, LIMITS.descriptionLength, 'character'), ...wellFormed(text)],
  type: (type) => (type in RUNNERS_OF ? [] : [here(`must be one of ${Object.keys(RUNNERS_OF).join(', ')}`)]),
  runner: (runner, { type }) => runnerFits(runner, type),
  script: (body) => [...within(utf8Length(body), 1, LIMITS.scriptBytes, 'byte'), ...wellFormed(body)],
  defaultWorkingDirectory: (path) => [
    ...within(codePoints(path), 0, LIMITS.workingDirectoryLength, 'character'),
    ...(path !== '' && !path.startsWith('/') ? [here('must be empty or an absolute path')] : wellFormed(path)),
  ],
  env: (env) => envIssues(env),
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

const envIssues = (env: readonly EnvEntry[]): FieldIssue[] => {
  const issues = [...within(env.length, 0, LIMITS.envEntries, 'entry', 'entries')];
  const seen = new Set<string>();
  let total = 0;
  env.forEach(({ key, value }, index) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
      issues.push({
        path: `${index}.key`,
        message: 'must begin with a letter or _ and hold only letters, digits and _',
      });
    } else if (key.startsWith('RUNLET_')) {
      issues.push({ path: `${index}.key`, message: 'must not begin with RUNLET_, which is kept for Runlet' });
    } else if (seen.has(key)) issues.push({ path: `${index}.key`, message: `${key} is given twice` });
    seen.add(key);
    const bytes = utf8Length(value);
    total += utf8Length(key) + bytes;
    const wrong = [...within(bytes, 0, LIMITS.envValueBytes, 'byte'), ...wellFormed(value)];
    issues.push(...wrong.map(({ message }) => ({ path: `${index}.value`, message })));
  });
  if (total > LIMITS.envTotalBytes)
    issues.push(here(`must not exceed ${LIMITS.envTotalBytes} bytes in all, keys and values; it has ${total}`));
  return issues;
};

const within = (size: number, min: number, max: number, unit: string, units = `${unit}s`): FieldIssue[] => {
  if (size < min) return [here('must not be empty')];
  if (size > max) return [here(`must have at most ${max} ${max === 1 ? unit : units}; it has ${size}`)];
  return [];
};

const wellFormed = (text: string): FieldIssue[] => {
  if (text.includes('\0')) return [here('must not contain a NUL character')];
  return /[\uD800-\uDFFF]/u.test(text) ? [here('must be well-formed Unicode: it holds half of a surrogate pair')] : [];
};

const here = (message: string): FieldIssue => ({ path: '', message });
const join = (field: string, path: string): string => (path === '' ? field : `${field}.${path}`);
