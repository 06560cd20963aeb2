import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

/**
 * The text of a file that a person or a tool has made, without byte order mark and without newlines at its end.
 * @throws Error that reads on after the file's name: `is in UTF-16 …`, `could not be read: …`
 */
export const readTextFile = (path: string): string => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(`could not be read: ${(error as Error).message}`, { cause: error });
  }
  return decodeText(bytes);
};

/** @throws as `readTextFile` does */
export const decodeText = (bytes: Buffer): string => {
  if (UTF16_MARKS.some((mark) => bytes.subarray(0, 2).equals(mark))) throw new Error(`is in UTF-16; ${CURE}`);
  if (bytes.includes(0)) throw new Error(`holds NUL bytes, as UTF-16 does; ${CURE}`);
  if (!isUtf8(bytes)) throw new Error(`is not in UTF-8; ${CURE}`);
  return withoutMarks(bytes.toString());
};

/** Without what programs put around a text: a byte order mark before it, newlines after it. */
export const withoutMarks = (text: string): string => {
  let end = text.length;
  while (text[end - 1] === '\n' || text[end - 1] === '\r') end--;
  return text.slice(text.startsWith('\uFEFF') ? 1 : 0, end);
};

const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
const CURE = 'save it in UTF-8';
