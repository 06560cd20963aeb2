import type { FieldIssue } from '../errors.js';
import { LIMITS } from '../limits.js';
import { SHORTEST_SECRET } from '../secret/secret-texts.js';
import { codePoints, quoted, utf8Length } from '../text.js';
import { type GivenEnvEntry, isSealed, type SecretEnvEntry } from './env-entry.js';
import { firstOf, here, wellFormed, within, withinBytes } from './text-rules.js';

/** Everything in a script's environment that breaks a rule, under paths like `0.key`. */
export const envIssues = (env: readonly (GivenEnvEntry | SecretEnvEntry)[]): FieldIssue[] => {
  const issues = [...within(env.length, 0, LIMITS.envEntries, 'entry', 'entries')];
  if (issues.length > 0) return issues;
  const seen = new Set<string>();
  const bytes = { all: 0, secrets: 0 };
  env.forEach((entry, index) => {
    issues.push(...keyIssues(entry.key, seen).map(({ message }) => ({ path: `${index}.key`, message })));
    seen.add(entry.key);
    const size = isSealed(entry) ? entry.sealed.bytes : utf8Length(entry.value ?? '');
    bytes.all += utf8Length(entry.key) + size;
    if (entry.secret === true) bytes.secrets += size;
    if (!isSealed(entry))
      issues.push(...valueIssues(entry).map(({ message }) => ({ path: `${index}.value`, message })));
  });
  if (bytes.all > LIMITS.envTotalBytes)
    issues.push(here(`must not exceed ${LIMITS.envTotalBytes} bytes in all, keys and values; it has ${bytes.all}`));
  if (bytes.secrets > LIMITS.secretsTotalBytes)
    issues.push(here(`must not exceed ${LIMITS.secretsTotalBytes} bytes of secrets; it has ${bytes.secrets}`));
  return issues;
};

/** For scripts that are run by a page, which would have to be sent them. */
export const secretIssues = (env: readonly (GivenEnvEntry | SecretEnvEntry)[]): FieldIssue[] =>
  env.flatMap(({ secret }, index) =>
    secret === true
      ? [{ path: `${index}.secret`, message: 'must not be set: a browser script cannot have secrets' }]
      : [],
  );

const keyIssues = (key: string, seen: ReadonlySet<string>): FieldIssue[] => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key))
    return [here('must begin with a letter or _ and hold only letters, digits and _')];
  if (key.startsWith('RUNLET_')) return [here('must not begin with RUNLET_, which is kept for Runlet')];
  return seen.has(key) ? [here(`${quoted(key)} is given twice`)] : [];
};

const valueIssues = ({ key, value, secret }: GivenEnvEntry): FieldIssue[] => {
  if (value === undefined)
    return [
      here(
        secret === true ? `is missing: there is no secret ${quoted(key)} yet whose value could be kept` : 'is missing',
      ),
    ];
  const wrong = firstOf(
    () => withinBytes(value, 0, LIMITS.envValueBytes),
    () => wellFormed(value),
  );
  // What is shorter, or is so once a shell has stripped it, could not be told from other output.
  if (secret === true && wrong.length === 0 && codePoints(value.trim()) < SHORTEST_SECRET)
    wrong.push(
      here(`must have at least ${SHORTEST_SECRET} characters to be a secret, white space around it not counted`),
    );
  return wrong;
};
