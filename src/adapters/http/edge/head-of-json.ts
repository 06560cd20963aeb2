/** The longest beginning of `text` that has no more than `most` bytes as JSON in UTF-8, cut between characters. */
export const headOfJson = (text: string, most: number): string => {
  if (text.length * MOST_BYTES_A_UNIT <= most) return text;
  let bytes = 2; // its quotes
  let end = 0;
  for (const character of text) {
    bytes += jsonBytes(character);
    if (bytes > most) break;
    end += character.length;
  }
  return text.slice(0, end);
};

/** `\u0000` */
const MOST_BYTES_A_UNIT = 6;

const SHORT_ESCAPES = '"\\\b\f\n\r\t';

const jsonBytes = (character: string): number => {
  const code = character.codePointAt(0) ?? 0;
  if (SHORT_ESCAPES.includes(character)) return 2;
  if (code < 0x20 || (code >= 0xd800 && code < 0xe000)) return MOST_BYTES_A_UNIT;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
};
