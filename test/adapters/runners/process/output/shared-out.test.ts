import { describe, expect, it } from '@jest/globals';
import { joined, sharedOut } from '../../../../../src/adapters/runners/process/output/shared-out.js';
import type { Decoded } from '../../../../../src/adapters/runners/process/output/utf8-decoder.js';

const piece = (text: string): Decoded => ({ text, bytes: Buffer.byteLength(text) });
const share = (texts: string[], writes: number): string[] =>
  sharedOut(texts.map(piece), writes).map(({ text }) => text);

describe('Output that several writes have written', () => {
  it.each([
    { texts: ['a\n', 'b\n'], writes: 2, parts: ['a\n', 'b\n'] },
    { texts: ['a\n', 'b\n', 'c\n'], writes: 2, parts: ['a\n', 'b\nc\n'] },
    { texts: ['a\nb\n'], writes: 1, parts: ['a\nb\n'] },
    { texts: ['a\nb\nc\nd\n'], writes: 2, parts: ['a\nb\n', 'c\nd\n'] },
    { texts: ['a\nb\n', 'c\n'], writes: 3, parts: ['a\n', 'b\n', 'c\n'] },
    { texts: ['a\nb\nc'], writes: 2, parts: ['a\n', 'b\nc'] },
    { texts: ['a\n'], writes: 3, parts: ['a\n'] },
    { texts: ['no end'], writes: 2, parts: ['no end'] },
    { texts: ['a\n'], writes: 0, parts: [] },
    { texts: [], writes: 2, parts: [] },
  ])('$texts of $writes writes is shared out as $parts', ({ texts, writes, parts }) => {
    expect(share(texts, writes)).toEqual(parts);
  });

  it('keeps its number of bytes, also where they were not UTF-8', () => {
    const parts = sharedOut([{ text: 'ü\n\uDCFF\n\uDCE4\n', bytes: 7 }], 3);
    expect(parts.map(({ text }) => text)).toEqual(['ü\n', '\uDCFF\n', '\uDCE4\n']);
    expect(joined(parts)).toEqual({ text: 'ü\n\uDCFF\n\uDCE4\n', bytes: 7 });
  });
});
