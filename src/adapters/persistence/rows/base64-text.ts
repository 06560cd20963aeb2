import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { text } from './row.js';

/** The text that a base64 string stands for. */
export const base64Text = text.transform((encoded, context) => {
  const bytes = Buffer.from(encoded, 'base64');
  if (/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded) && isUtf8(bytes)) return bytes.toString();
  context.addIssue('must be UTF-8 text in base64, as its scriptFormat says');
  return z.NEVER;
});
