import { base64Of } from '../base64.js';
import { utf8Of } from '../secret/encodings.js';
import { BYTE_UNIT, isByteUnit, utf8Length } from '../text.js';

/** What an event tells of a piece of output. */
export interface PrintedPiece {
  /** U+FFFD stands for what is not UTF-8, as the Encoding Standard has it. */
  readonly line: string;
  /** All of its bytes, where that is not UTF-8. */
  readonly base64?: string;
}

/** @param text with byte units */
export const asPrinted = (text: string): PrintedPiece =>
  mayHaveBytes(text) && HAS_BYTES.test(text)
    ? { line: readable(text), base64: base64Of(bytesOf(text)) }
    : { line: text };

/** The same with U+FFFD for its byte units. */
export const readable = (text: string): string => text.replace(UNREADABLE, '\ufffd');

/** How many bytes a script has printed for a piece. */
export const printedLength = ({ line, base64 }: PrintedPiece): number =>
  base64 === undefined ? utf8Length(line) : Math.floor((base64.replace(/=+$/, '').length * 3) / 4);

/** Also for halves of pairs, but five times as fast: all output is looked at. */
const mayHaveBytes = (text: string): boolean => /[\udc80-\udcff]/.test(text);
const HAS_BYTES = /[\udc80-\udcff]/u;

/** Bytes with which a character begins that is not whole are one U+FFFD together, every other byte is one. */
const UNREADABLE = new RegExp(
  [
    '\\udce0[\\udca0-\\udcbf]',
    '[\\udce1-\\udcec\\udcee\\udcef][\\udc80-\\udcbf]',
    '\\udced[\\udc80-\\udc9f]',
    '\\udcf0[\\udc90-\\udcbf][\\udc80-\\udcbf]?',
    '[\\udcf1-\\udcf3][\\udc80-\\udcbf]{1,2}',
    '\\udcf4[\\udc80-\\udc8f][\\udc80-\\udcbf]?',
    '[\\udc80-\\udcff]',
  ].join('|'),
  'gu',
);

const bytesOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(utf8Length(text));
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) ?? 0;
    if (code < 0x80) bytes[at++] = code;
    else if (isByteUnit(code)) bytes[at++] = code - BYTE_UNIT;
    else for (const byte of utf8Of(code)) bytes[at++] = byte;
    if (code > 0xffff) i++;
  }
  return bytes;
};
