import { z } from 'zod';
import type { FieldIssue } from '../../../domain/errors.js';

/** A stored document in the contract's field names: ids as 24 hex digits, times as Dates or ISO 8601 text. Nothing of it is trusted. */
export type Row = Readonly<Record<string, unknown>>;

export const text = z.string('must be text');
export const whole = z.int('must be a whole number');
export const time = z.union([z.date(), z.iso.datetime().transform((iso) => new Date(iso))], 'must be a time');

export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

export const actor = z.object(
  { type: oneOf(['admin', 'user', 'system', 'anonymous']), name: text },
  'must be an actor',
);

/** When an ObjectId was made, to the second. */
export const timeOfId = (id: string): Date => new Date((Number.parseInt(id.slice(0, 8), 16) || 0) * 1000);

/** @param field that the value is in, where it is not the whole row. */
export const issuesOf = (error: z.ZodError, field?: string): FieldIssue[] =>
  error.issues.map(({ path, message }) => ({
    path: [...(field === undefined ? [] : [field]), ...path].join('.'),
    message,
  }));
