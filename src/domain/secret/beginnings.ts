import { BYTE_UNIT } from '../text.js';
import { isLetterOrDigit, unitsOf } from './encodings.js';
import { BYTE } from './escape-reader.js';
import { HTML_ENTITIES } from './html-entities.js';
import { bytesOf, ESCAPES, GAP_UNITS, isGap } from './unescaped-units.js';

/** UTF-16 units, each of the first before each of the second. */
export type Pairs = readonly [first: readonly number[], second: readonly number[]];

/** The pairs with which a text may begin that has `codes` of `unescaped`, whatever is escaped. */
export const beginningsOf = (codes: readonly number[]): readonly Pairs[] => {
  const [first = 0, second = 0] = codes;
  return [
    ...(first < BYTE ? [asItIs(first, second)] : []),
    [[BACKSLASH], [...unitsOf('xuU01234567'), ...(first < BYTE ? unitsOf(String.fromCodePoint(first)) : [])]],
    [[PERCENT], unitsOf(`u${digitsOf(first)}`)],
    [[AMPERSAND], unitsOf(`#${initialsOf(first)}`)],
  ];
};

/** One character before another, or before an escape; where a long line is wrapped, before its end. */
const asItIs = (first: number, second: number): Pairs => {
  const [unit = 0, low] = unitsOf(String.fromCodePoint(first));
  if (low !== undefined) return [[unit], [low]];
  const following = isGap(second) ? GAP_UNITS : second < BYTE ? [...printed(second), ...unitsOf('\n\r')] : [];
  return [printed(first), [...following, ...ESCAPES]];
};

/** As UTF-8 or as Latin-1. */
const printed = (code: number): readonly number[] => [
  ...unitsOf(String.fromCodePoint(code)),
  ...(code >= 0x80 && code <= 0xff ? [BYTE_UNIT + code] : []),
];

/**
 * The digits with which its percent-encoding may begin, and that of a percent sign, ampersand or backslash that escapes
 * it. Letters and digits are escaped by programs that escape everything, and not twice.
 */
const digitsOf = (code: number): string => {
  const bytes = [bytesOf(code)[0] ?? 0, code & 0xff];
  const digits = bytes.map((byte) => (byte >> 4).toString(16)).join('');
  return `${digits}${digits.toUpperCase()}${isLetterOrDigit(code) ? '' : '25'}`;
};

/** The letters with which its names in HTML may begin, and those of what may escape it. */
const initialsOf = (code: number): string => `${INITIALS.get(code) ?? ''}${isLetterOrDigit(code) ? '' : 'apb'}`;

const INITIALS = new Map<number, string>();
for (const [name, code] of HTML_ENTITIES) INITIALS.set(code, `${INITIALS.get(code) ?? ''}${name.charAt(0)}`);

const [PERCENT, AMPERSAND, BACKSLASH] = [0x25, 0x26, 0x5c] as const;
