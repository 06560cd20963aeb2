import { utf8Length } from '../../../../domain/text.js';
import type { Decoded } from './utf8-decoder.js';

/**
 * What several writes to a pipe have written, the length of each unknown: each is taken for the same number of lines, where these can be
 * shared out evenly or nothing better is known, and otherwise for one piece of those that were read one after the other.
 * @returns at most `writes` parts, none of them empty
 */
export const sharedOut = (pieces: readonly Decoded[], writes: number): Decoded[] => {
  if (writes === 0 || pieces.length === 0) return [];
  const { text } = joined(pieces);
  const lines = text.split(/(?<=\n)/);
  if (lines.length % writes === 0 || pieces.length < writes) return inLines(lines, writes);
  return [...pieces.slice(0, writes - 1), joined(pieces.slice(writes - 1))];
};

export const joined = (pieces: readonly Decoded[]): Decoded => ({
  text: pieces.map(({ text }) => text).join(''),
  bytes: pieces.reduce((sum, { bytes }) => sum + bytes, 0),
});

const inLines = (lines: readonly string[], writes: number): Decoded[] => {
  const count = Math.min(writes, lines.length);
  const perWrite = Math.floor(lines.length / count);
  return Array.from({ length: count }, (_, index) => {
    const isLast = index === count - 1;
    const text = lines.slice(index * perWrite, isLast ? undefined : (index + 1) * perWrite).join('');
    return { text, bytes: utf8Length(text) };
  });
};
