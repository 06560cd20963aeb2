import { BYTE_UNIT, isByteUnit } from '../text.js';

/** The bytes of one character in UTF-8: that of a byte unit, and of another lone surrogate those of U+FFFD, as encoders have it. */
export const utf8Of = (codePoint: number): readonly number[] => {
  if (codePoint < 0x80) return [codePoint];
  if (codePoint < 0x800) return [0xc0 | (codePoint >> 6), tail(codePoint)];
  if (isByteUnit(codePoint)) return [codePoint - BYTE_UNIT];
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return utf8Of(0xfffd);
  if (codePoint < 0x10000) return [0xe0 | (codePoint >> 12), tail(codePoint >> 6), tail(codePoint)];
  return [0xf0 | (codePoint >> 18), tail(codePoint >> 12), tail(codePoint >> 6), tail(codePoint)];
};

const tail = (bits: number): number => 0x80 | (bits & 0x3f);

export const utf8 = (text: string): number[] =>
  Array.from(text, (character) => utf8Of(character.codePointAt(0) ?? 0)).flat();

/** The UTF-16 units of a text. */
export const unitsOf = (text: string): number[] => text.split('').map((unit) => unit.charCodeAt(0));

export const isLetterOrDigit = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
