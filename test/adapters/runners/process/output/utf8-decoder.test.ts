import { describe, expect, it } from '@jest/globals';
import { asPrinted, readable } from '../../../../../src/domain/run/printed-text.js';
import { Utf8Decoder } from '../../../../../src/adapters/runners/process/output/utf8-decoder.js';

const decodeIn = (pieces: readonly Buffer[]): { text: string; bytes: number } => {
  const decoder = new Utf8Decoder();
  const decoded = [...pieces.map((piece) => decoder.write(piece)), decoder.end()];
  return {
    text: decoded.map(({ text }) => text).join(''),
    bytes: decoded.reduce((sum, { bytes }) => sum + bytes, 0),
  };
};

const singly = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.from([byte]));

describe('Utf8Decoder', () => {
  it('keeps a character whole that comes byte by byte', () => {
    const decoder = new Utf8Decoder();
    const emoji = Buffer.from('😀');
    const decoded = singly(emoji).map((byte) => decoder.write(byte));
    expect(decoded).toEqual([
      { text: '', bytes: 0 },
      { text: '', bytes: 0 },
      { text: '', bytes: 0 },
      { text: '😀', bytes: 4 },
    ]);
    expect(decoder.end()).toEqual({ text: '', bytes: 0 });
  });

  it('gives what is whole at once and holds back only what is not', () => {
    const decoder = new Utf8Decoder();
    const euro = Buffer.from('€');
    expect(decoder.write(Buffer.concat([Buffer.from('é1'), euro.subarray(0, 2)]))).toEqual({ text: 'é1', bytes: 3 });
    expect(decoder.write(Buffer.concat([euro.subarray(2), Buffer.from('2')]))).toEqual({ text: '€2', bytes: 4 });
  });

  it('keeps bytes that are not UTF-8 as byte units', () => {
    const decoder = new Utf8Decoder();
    expect(decoder.write(Buffer.from([0x61, 0xff, 0xc0, 0x62]))).toEqual({ text: 'a\uDCFF\uDCC0b', bytes: 4 });
    expect(decoder.write(Buffer.from([0xf0, 0x9f]))).toEqual({ text: '', bytes: 0 });
    expect(decoder.end()).toEqual({ text: '\uDCF0\uDC9F', bytes: 2 });
  });

  it('keeps a byte order mark and NUL', () => {
    expect(decodeIn([Buffer.from('\uFEFFa\0b')])).toEqual({ text: '\uFEFFa\0b', bytes: 6 });
  });

  it('does not hold on to the buffer it was given', () => {
    const decoder = new Utf8Decoder();
    const shared = Buffer.from([0x61, 0xe2, 0x82]);
    expect(decoder.write(shared).text).toBe('a');
    shared.fill(0x2e);
    expect(decoder.write(Buffer.from([0xac])).text).toBe('€');
  });

  it('loses no byte, and agrees with TextDecoder on what can be read, on every split of bytes of all kinds', () => {
    const kinds = [
      '61',
      'c3a9',
      'e282ac',
      'f09f9880',
      'ff',
      'c0af',
      'eda080',
      'f4908080',
      'e2',
      'f09f',
      '80',
      'e080',
      'f09f98',
      'edbf',
      'f48f',
      'efbbbf',
    ];
    for (const first of kinds) {
      for (const second of kinds) {
        const bytes = Buffer.from(`62${first}${second}7a`, 'hex');
        const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
        const isUtf8 = text === bytes.toString() && !text.includes('\uFFFD');
        const expected = { line: text, ...(!isUtf8 && { base64: bytes.toString('base64') }) };
        const splits = Array.from(bytes, (_, cut) => [bytes.subarray(0, cut), bytes.subarray(cut)]);
        for (const pieces of [singly(bytes), ...splits]) {
          const decoded = decodeIn(pieces);
          expect(decoded.bytes).toBe(bytes.length);
          expect(readable(decoded.text)).toBe(text);
          expect(asPrinted(decoded.text)).toEqual(expected);
        }
      }
    }
  });
});
