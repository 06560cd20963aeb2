import { base64Of } from '../base64.js';
import { utf8 } from './encodings.js';

/**
 * What the base64 of a longer text holds wherever `secret` is in it, in the standard alphabet and without line
 * breaks. The secret may begin at each of the three bytes of a group. Characters at either end that also depend on
 * what is beside it are left out, up to 4 bits of the secret with them; where nothing is beside it but a newline, the
 * whole encoding is one of the patterns.
 */
export const base64Patterns = (secret: string): readonly string[] => {
  const bytes = utf8(secret);
  const at = [0, 1, 2].map((offset) => determined(bytes, offset)) as [string, string, string];
  return [
    base64Of(bytes),
    base64Of([...bytes, 0x0a]), // `echo "$SECRET" | base64`
    ...at,
    // Where a line breaks within the first group, the rest of it begins a line.
    at[1].slice(2),
    at[2].slice(1),
  ].flatMap((pattern) => [pattern, pattern.replace(/=+$/, '')]);
};

/** The characters that are the same whatever the `offset` bytes before and whatever follows. */
const determined = (bytes: readonly number[], offset: number): string => {
  const encoded = base64Of([...new Array<number>(offset).fill(0), ...bytes]);
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(from, to);
};
