import type { LogEventItem, LogStream } from './log-event.js';

/** In which a reader may have the bytes of an output read, by the labels of the Encoding Standard. */
export const ENCODINGS = {
  'utf-8': 'UTF-8',
  'iso-8859-1': 'Latin-1',
  'windows-1252': 'Windows-1252',
  gbk: 'GBK',
  shift_jis: 'Shift_JIS',
  'utf-16le': 'UTF-16LE',
  'utf-16be': 'UTF-16BE',
} as const;

export type Encoding = keyof typeof ENCODINGS;

export const isEncoding = (label: string): label is Encoding => Object.hasOwn(ENCODINGS, label);

/** Reads the output of a run in an encoding, from its first piece on: a character may be in two pieces of a stream. */
export class OutputDecoder {
  readonly #encoding: Encoding;
  readonly #decoders = new Map<LogStream, TextDecoder>();
  readonly #encoder = new TextEncoder();

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  /** The next piece with its text in this encoding. */
  read(event: LogEventItem): LogEventItem {
    const { base64, ...text } = event;
    if (this.#encoding === 'utf-8' || event.stream === 'system') return event;
    const decoder = this.#decoders.get(event.stream) ?? new TextDecoder(this.#encoding);
    this.#decoders.set(event.stream, decoder);
    const bytes = base64 === undefined ? this.#encoder.encode(event.line) : bytesOf(base64);
    return { ...text, line: decoder.decode(bytes, { stream: true }) };
  }
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
