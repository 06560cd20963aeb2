import { parseEnvLines } from './env-lines.js';
import type { EnvRow } from './script-form.js';

export const BLANK_ROW: EnvRow = { key: '', value: '', secret: false, stored: false };

/** Whether a key is named like what should be kept secret. A guess, for a row whose admin has not said. */
export const soundsSecret = (key: string): boolean =>
  /(^|_)(pass(word|wd|phrase)?|pwd|secret|token|credentials?|api_?key|private_?key|access_?key)(_|$)/i.test(key);

export interface Pasted {
  readonly rows: readonly EnvRow[];
  readonly added: number;
  readonly changed: number;
  /** Lines that were not understood. */
  readonly skipped: readonly string[];
}

/**
 * Puts `KEY=value` lines into the rows: a key that is there gets the value, the others come after the row at `index`, or in its place
 * when it is blank. null when the text has no such line.
 */
export const pasteInto = (rows: readonly EnvRow[], index: number, text: string): Pasted | null => {
  const { assignments, skipped } = parseEnvLines(text);
  if (assignments.length === 0) return null;
  const given = new Map(assignments.map(({ key, value }) => [key, value]));
  const known = new Set(rows.map(({ key }) => key));
  const changed = rows.map((row) => {
    const value = given.get(row.key);
    return value === undefined ? row : { ...row, value };
  });
  const added = assignments
    .filter(({ key }) => !known.has(key))
    .map(({ key, value }) => ({ key, value, secret: soundsSecret(key), stored: false }));
  const here = changed[index];
  const replaces = here?.key === '' && here.value === '' && !here.stored ? 1 : 0;
  const at = Math.min(index + 1 - replaces, changed.length);
  return {
    rows: [...changed.slice(0, at), ...added, ...changed.slice(at + replaces)],
    added: added.length,
    changed: assignments.length - added.length,
    skipped,
  };
};
