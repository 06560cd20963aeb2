import { LIMITS } from './limits.js';

/** Length in bytes of `text` encoded as UTF-8: a byte unit is one byte, other lone surrogates are counted as U+FFFD. */
export const utf8Length = (text: string): number => {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 2; // two units, four bytes
      i++;
    } else if (!isByteUnit(unit)) bytes += 2;
  }
  return bytes;
};

/** The longest beginning of `text` that fits in `bytes` of UTF-8, cut between characters. */
export const headOfUtf8 = (text: string, bytes: number): string => {
  let used = 0;
  let i = 0;
  while (i < text.length) {
    const units = unitsOfCharacterAt(text, i);
    used += bytesOfCharacter(text, i, units);
    if (used > bytes) break;
    i += units;
  }
  return text.slice(0, i);
};

/** The longest end of `text` that fits in `bytes` of UTF-8, cut between characters. */
export const tailOfUtf8 = (text: string, bytes: number): string => {
  let used = 0;
  let i = text.length;
  while (i > 0) {
    const units = isLowSurrogate(text.charCodeAt(i - 1)) && isHighSurrogate(text.charCodeAt(i - 2)) ? 2 : 1;
    used += bytesOfCharacter(text, i - units, units);
    if (used > bytes) break;
    i -= units;
  }
  return text.slice(i);
};

/** Length in characters (code points). */
export const codePoints = (text: string): number => {
  let count = 0;
  for (let i = 0; i < text.length; i += unitsOfCharacterAt(text, i)) count++;
  return count;
};

export const countNewlines = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
};

/**
 * Added to a byte that is not UTF-8, it makes a lone surrogate, U+DC80 to U+DCFF, which UTF-8 never decodes to: so a text keeps every byte that
 * a script has printed. (Python calls it `surrogateescape`.)
 */
export const BYTE_UNIT = 0xdc00;
/** Of a unit that belongs to no pair. */
export const isByteUnit = (unit: number): boolean => unit >= BYTE_UNIT + 0x80 && unit <= BYTE_UNIT + 0xff;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

const unitsOfCharacterAt = (text: string, i: number): 1 | 2 =>
  isHighSurrogate(text.charCodeAt(i)) && isLowSurrogate(text.charCodeAt(i + 1)) ? 2 : 1;

const bytesOfCharacter = (text: string, i: number, units: 1 | 2): number => {
  if (units === 2) return 4;
  const unit = text.charCodeAt(i);
  if (unit < 0x80) return 1;
  if (isByteUnit(unit)) return 1;
  return unit < 0x800 ? 2 : 3;
};

/** A text as a message quotes it: of a long one its beginning. */
export const quoted = (text: string): string =>
  text.length <= LIMITS.quotedLength ? text : `${text.slice(0, LIMITS.quotedLength)}…`;
