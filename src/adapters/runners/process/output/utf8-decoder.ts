import { isAscii } from 'node:buffer';

export interface Decoded {
  readonly text: string;
  /** How many of the bytes written so far this text took. */
  readonly bytes: number;
}

/**
 * Decodes one stream of UTF-8, whatever pieces it comes in: a character split between two writes comes out whole with the second.
 * Bytes that are not UTF-8 become U+FFFD as the Encoding Standard says; a byte order mark is kept, as it was printed.
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
    return isAscii(bytes) ? bytes.toString('latin1') : this.#decoder.decode(bytes);
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
