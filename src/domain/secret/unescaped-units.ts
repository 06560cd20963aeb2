import { BYTE, EscapeReader } from './escape-reader.js';
import { unitsOf, utf8Of } from './encodings.js';

/**
 * Any number of white space, quotes and plus signs. Programs write others, or more of them, where a text has one:
 * shells split and quote words, forms have a plus for a space, SQL doubles quotes, source code joins quoted pieces.
 */
export const GAP = 0x100;

const SPACES = unitsOf(' \t\n\v\f\r');
export const GAP_UNITS: readonly number[] = [...SPACES, ...unitsOf(`"'+`)];
/** What escapes begin with. */
export const ESCAPES: readonly number[] = unitsOf('\\%&');

const CLASSES = new Uint8Array(0x80);
for (const unit of GAP_UNITS) CLASSES[unit] = SPACES.includes(unit) ? 2 : 1;
export const isLineBreak = (code: number): boolean => code === 0x0a || code === 0x0d;
export const isSpace = (code: number): boolean => CLASSES[code] === 2;
export const isGap = (code: number): boolean => (CLASSES[code] ?? 0) > 0;

/** The bytes of UTF-8 of what an `EscapeReader` has read. */
export const bytesOf = (code: number): readonly number[] => (code >= BYTE ? [code - BYTE] : utf8Of(code));

/**
 * The characters of a text without its escapes: code points, or bytes plus `BYTE`. Gaps before the first other
 * character are left out, but for a quote or plus sign right before it; so are backslashes at the end.
 */
export const unescaped = (given: string): readonly number[] => {
  const text = given.replaceAll('\0', ''); // the reader passes over them
  const reader = new EscapeReader();
  let codes: number[] = [];
  for (let at = 0; at < text.length; at = reader.end) codes.push(reader.read(text, at, true));
  codes = codes.filter((code) => code !== 0); // so are those that are escaped
  while (codes.at(-1) === BACKSLASH) codes.pop();
  const first = codes.findIndex((code) => !isGap(code));
  const before = codes[first - 1];
  return codes.slice(before === undefined || isSpace(before) ? first : first - 1);
};

/**
 * Patterns, of UTF-8 bytes and gaps, that are the same however a program escapes `codes`. A gap at the beginning is the
 * character itself. In the second one U+0080 to U+00FF are one byte, as in the `\xe9` of Python and JavaScript.
 */
export const patternsOf = (codes: readonly number[]): readonly string[] => {
  const isLatin1 = (code: number): boolean => code >= 0x80 && code <= 0xff;
  return [
    patternOf(codes, bytesOf),
    ...(codes.some(isLatin1) ? [patternOf(codes, (code) => (isLatin1(code) ? [code] : bytesOf(code)))] : []),
  ];
};

const patternOf = (codes: readonly number[], encode: (code: number) => readonly number[]): string => {
  const units: number[] = [];
  for (const code of codes) {
    if (!isGap(code)) units.push(...encode(code));
    else if (units.at(-1) !== GAP) units.push(units.length === 0 ? code : GAP);
  }
  return units.map((unit) => String.fromCharCode(unit)).join('');
};

const BACKSLASH = 0x5c;
