import { BYTE_UNIT } from '../text.js';
import { unitsOf, utf8Of } from './encodings.js';

/** The bytes of a text in UTF-16, of either order, each as one character; without NULs at the ends, which both have for ASCII. */
export const utf16Patterns = (text: string): readonly string[] => {
  const units = unitsOf(text);
  const pattern = (bytes: readonly number[]): string => trimmed(String.fromCharCode(...bytes));
  return [
    pattern(units.flatMap((unit) => [unit & 0xff, unit >> 8])),
    pattern(units.flatMap((unit) => [unit >> 8, unit & 0xff])),
  ];
};

const trimmed = (bytes: string): string => bytes.replace(/^\0+|\0+$/g, '');

/** The units with which a text may begin that holds one of these patterns, one of whose first two bytes is not ASCII: it may be part of a character. */
export const firstUnitsOf = (patterns: readonly string[]): readonly number[] => {
  const beginnings = new Set(
    patterns.map((pattern) => pattern.slice(0, 2)).filter((bytes) => /[\x80-\xff]/.test(bytes)),
  );
  if (beginnings.size === 0) return [];
  const firsts = new Set([...beginnings].map((bytes) => bytes.charCodeAt(0)));
  const isBeginning = (byte: number, at: number, bytes: readonly number[]): boolean => {
    const next = bytes[at + 1];
    return next === undefined ? firsts.has(byte) : beginnings.has(String.fromCharCode(byte, next));
  };
  const units = [...firsts].map((byte) => (byte < 0x80 ? byte : BYTE_UNIT + byte));
  for (let unit = 0x80; unit <= 0xffff; unit++) {
    const isHighSurrogate = unit >= 0xd800 && unit <= 0xdbff;
    if (isHighSurrogate || utf8Of(unit).some(isBeginning)) units.push(unit);
  }
  return units;
};
