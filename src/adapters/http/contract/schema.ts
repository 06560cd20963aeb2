import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.js';

/** An object of exactly these fields. */
export const strict = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownName(Object.keys(shape)) : undefined),
  });

/** Null for what is no whole number, or one that is not exact as a double. */
export const wholeNumberIn = (text: string): number | null =>
  /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;

/** A whole number as text of a query gives it. @param whenAbsent what the server takes then, for the document */
export const wholeNumber = (min: number, max?: number, whenAbsent?: number) => {
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  const number = z.int(`must be a whole number ${range}`).min(min);
  return z.preprocess(
    (text) => (typeof text === 'string' ? (wholeNumberIn(text) ?? text) : text),
    (max === undefined ? number : number.max(max)).meta({ default: whenAbsent }),
  );
};

/** A list of at most `max` items. A longer one is refused before its items are looked at. @param entries what they are called */
export const listOfAtMost = <Item extends z.ZodType>(max: number, item: Item, entries: string) =>
  z.preprocess(
    (given, context) => {
      if (!Array.isArray(given) || given.length <= max) return given;
      context.addIssue(`must have at most ${max} ${entries}; it has ${given.length}`);
      return z.NEVER;
    },
    z.array(item).meta({ maxItems: max }),
  );

/** How a list is read page by page. */
export const paging = {
  limit: wholeNumber(1, LIMITS.pageMax, LIMITS.pageDefault).optional(),
  cursor: z
    .string()
    .min(1, 'must be a nextCursor as a list gave it')
    .optional()
    .meta({ description: 'nextCursor of the page before' }),
};

export const objectId = z
  .string()
  .regex(/^[0-9a-fA-F]{24}$/, 'must be an id: 24 hex digits')
  .toLowerCase()
  .meta({ example: '65f0c0ffee0123456789abcd' });

/** As answers have it: ISO 8601 in UTC with milliseconds. */
export const time = z.iso
  .datetime({ precision: 3 })
  .meta({ pattern: undefined, example: '2026-01-01T00:00:00.000Z', description: 'ISO 8601 in UTC with milliseconds' });

/** A moment as a query gives it. */
export const instant = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.date()],
    'must be a time in ISO 8601: 2026-01-31T12:00:00Z or 2026-01-31',
  )
  .transform((text) => new Date(text));

export const fieldIssue = strict({
  path: z.string().meta({ description: 'the field, dotted: env.0.key' }),
  message: z.string(),
}).meta({ id: 'FieldIssue' });

/** What a list answers: `nextCursor` only where there is more. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  strict({ items: z.array(item), nextCursor: z.string().optional() });

const unknownName = (known: readonly string[]): string =>
  known.length === 0 ? 'is not known; nothing is expected here' : `is not known; known are: ${known.join(', ')}`;
