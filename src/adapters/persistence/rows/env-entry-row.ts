import { z } from 'zod';
import type { EnvEntry } from '../../../domain/script/env-entry.js';
import { text, whole } from './row.js';

const entry = z.looseObject({ secret: z.unknown().optional() }, 'must be { key, value }');
const plain = z.object({ key: text, value: text });
const sealed = z.object(
  { keyId: text, ciphertext: text, bytes: whole.min(0, 'must not be negative') },
  'must be sealed',
);
const secret = z.object({ key: text, secret: z.literal(true), sealed });

/** What is marked as a secret but is not sealed is no entry: read as a plain one it would be shown. */
export const envEntry = entry.transform((row, context): EnvEntry => {
  const parsed = (row.secret === true ? secret : plain).safeParse(row);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});
