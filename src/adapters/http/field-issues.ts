import type { z } from 'zod';
import type { FieldIssue } from '../../domain/errors.js';
import { quoted } from '../../domain/text.js';

/**
 * What a schema found wrong, a field at a time, in words for a person; whoever has enough of it stops.
 * @param whole name of the value itself, for what is wrong with all of it
 */
export function* fieldIssues(error: z.ZodError, whole: string): Generator<FieldIssue> {
  for (const issue of error.issues) {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [null];
    for (const name of names) {
      const path = [...issue.path, ...(name === null ? [] : [quoted(name)])].join('.');
      yield { path: path === '' ? whole : path, message: issue.message };
    }
  }
}

/** Messages where the schema has none of its own. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.input === undefined ? 'is missing' : `must be ${oneOf(issue.values.map(String))}`;
    default:
      return 'is not valid';
  }
};

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
