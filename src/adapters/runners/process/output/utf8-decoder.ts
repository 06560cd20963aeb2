import { isAscii, isUtf8 } from 'node:buffer';
import { BYTE_UNIT } from '../../../../domain/text.js';

export interface Decoded {
  readonly text: string;
  /** How many of the bytes written so far this text took. */
  readonly bytes: number;
}

/**
 * Decodes one stream of UTF-8, whatever pieces it comes in: a character split between two writes comes out whole with the second.
 * Bytes that are not UTF-8 become byte units, so that none is lost; a byte order mark is kept, as it was printed.
 */
export class Utf8Decoder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #begun: Buffer = EMPTY;

  /** The text keeps no reference to `chunk`, which may be overwritten afterwards. */
  write(chunk: Buffer): Decoded {
    const known = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk]);
    const whole = known.length - unfinishedBytes(known);
    this.#begun = whole === known.length ? EMPTY : Buffer.from(known.subarray(whole));
    return { text: this.#decode(known.subarray(0, whole)), bytes: whole };
  }

  /** What is left when the stream has ended: a character that was begun is none. */
  end(): Decoded {
    const rest = this.#begun;
    this.#begun = EMPTY;
    return { text: this.#decode(rest), bytes: rest.length };
  }

  // TextDecoder takes 140–200 ms for 100 MB, these two 34; most output is ASCII.
  #decode(bytes: Buffer): string {
    if (isAscii(bytes)) return bytes.toString('latin1');
    return isUtf8(bytes) ? this.#decoder.decode(bytes) : withByteUnits(bytes);
  }
}

const EMPTY = Buffer.alloc(0);

/** Length of the character at the end that lacks bytes; 0 when the last one is whole or no UTF-8 anyway. */
const unfinishedBytes = (bytes: Buffer): number => {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return lengthOfCharacter(byte) > back ? back : 0;
  }
  return 0;
};

const lengthOfCharacter = (lead: number): number => {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
};

/** The text of bytes of which some are not UTF-8. */
const withByteUnits = (bytes: Buffer): string => {
  const units = new Uint16Array(bytes.length); // no character has more units than bytes
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lengthOfCharacter(lead);
    const code = length === 1 ? lead : codePointAt(bytes, at, length);
    if (code === null || (length === 1 && lead >= 0x80)) {
      units[count++] = BYTE_UNIT + lead;
      at++;
      continue;
    }
    if (code > 0xffff) units[count++] = 0xd800 + ((code - 0x10000) >> 10);
    units[count++] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code;
    at += length;
  }
  return Buffer.from(units.buffer, 0, count * 2).toString('utf16le');
};

/** Null where these bytes are no character. */
const codePointAt = (bytes: Buffer, at: number, length: number): number | null => {
  let code = (bytes[at] ?? 0) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte >> 6 !== 2) return null;
    code = (code << 6) | (byte & 0x3f);
  }
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return code < (LEAST_OF_LENGTH[length] ?? 0) || isSurrogate || code > 0x10ffff ? null : code;
};

/** The first code point that takes so many bytes. */
const LEAST_OF_LENGTH = [0, 0, 0x80, 0x800, 0x10000];
