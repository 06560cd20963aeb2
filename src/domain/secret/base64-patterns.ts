import { utf8 } from './encodings.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** A group of base64: four characters for three bytes. Encoders break lines between groups only. */
export const BASE64_GROUP = 4;

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
    encode(bytes),
    encode([...bytes, 0x0a]), // `echo "$SECRET" | base64`
    ...at,
    // Where a line breaks within the first group, the rest of it begins a line.
    at[1].slice(2),
    at[2].slice(1),
  ].flatMap((pattern) => [pattern, pattern.replace(/=+$/, '')]);
};

/** The characters that are the same whatever the `offset` bytes before and whatever follows. */
const determined = (bytes: readonly number[], offset: number): string => {
  const encoded = encode([...new Array<number>(offset).fill(0), ...bytes]);
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(from, to);
};

const encode = (bytes: readonly number[]): string => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(i, i + 3);
    const group = (a << 16) | (b << 8) | c;
    const characters = [18, 12, 6, 0].map((shift) => ALPHABET.charAt((group >> shift) & 63)).join('');
    text += i + 3 <= bytes.length ? characters : characters.slice(0, bytes.length - i + 1).padEnd(BASE64_GROUP, '=');
  }
  return text;
};
