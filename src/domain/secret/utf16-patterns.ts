import { unitsOf } from './encodings.js';

/** The bytes of a text in UTF-16, of either order, each as one character; without NULs at the ends, which both have for ASCII. */
export const utf16Patterns = (text: string): readonly string[] => {
  const units = unitsOf(text);
  const pattern = (bytes: readonly number[]): string => trimmed(String.fromCharCode(...bytes));
  return [
    pattern(units.flatMap((unit) => [unit & 0xff, unit >> 8])),
    pattern(units.flatMap((unit) => [unit >> 8, unit & 0xff])),
  ];
};

// eslint-disable-next-line no-control-regex -- they are what is left out
const trimmed = (bytes: string): string => bytes.replace(/^\0+|\0+$/g, '');
