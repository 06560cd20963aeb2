import { describe, expect, it } from '@jest/globals';
import { decodeEvent } from '../../../src/domain/run/run-event.js';
import { asPrinted, printedLength } from '../../../src/domain/run/printed-text.js';

describe('a piece of output', () => {
  it.each([
    ['', { line: '' }, 0],
    ['größe 😀', { line: 'größe 😀' }, 12],
    // Halves of these pairs are units of bytes where they stand alone.
    ['\u{1f480}\u{104ff}', { line: '\u{1f480}\u{104ff}' }, 8],
    ['ä\udce4\n', { line: 'ä\ufffd\n', base64: Buffer.from('c3a4e40a', 'hex').toString('base64') }, 4],
    ['\u{1f480}\udc80', { line: '\u{1f480}\ufffd', base64: Buffer.from('f09f928080', 'hex').toString('base64') }, 5],
    ['\udcff', { line: '\ufffd', base64: '/w==' }, 1],
  ])('has base64 only where it is not UTF-8: %j', (text, piece, bytes) => {
    expect(asPrinted(text)).toEqual(piece);
    expect(printedLength(piece)).toBe(bytes);
  });

  it.each(['', 'AA==', 'AAA=', 'AAAA'])('may have the base64 %j', (base64) => {
    expect(decodeEvent(stored(base64))).not.toBeNull();
  });

  it.each(['A', 'AAAAA', '====', 'A===', 'AA A', 7, null])('is damaged where its base64 is %j', (base64) => {
    expect(decodeEvent(stored(base64))).toBeNull();
  });
});

const stored = (base64: unknown): string =>
  JSON.stringify({ seq: 1, type: 'log', ts: '2026-01-01T00:00:00.000Z', stream: 'stdout', line: '', base64 });
