import { describe, expect, it } from '@jest/globals';
import { codePoints, countNewlines, headOfUtf8, tailOfUtf8, utf8Length } from '../../src/domain/text.js';

const samples = ['', 'abc', 'é', '€uro', '🌍🌍', 'a🌍é€\n', '\ud800x', 'x\udc00', '🌍\ud83c'];

describe('text', () => {
  it.each(samples)('measures %j as the platform does', (text) => {
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    expect(codePoints(text)).toBe(Array.from(text).length);
  });

  it.each(samples)('cuts %j between characters only', (text) => {
    for (let bytes = 0; bytes <= Buffer.byteLength(text) + 1; bytes++) {
      const head = headOfUtf8(text, bytes);
      const tail = tailOfUtf8(text, bytes);
      expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
      expect(Buffer.byteLength(head)).toBeLessThanOrEqual(bytes);
      expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(bytes);
      // The next character would not have fitted.
      const next = Array.from(text.slice(head.length))[0];
      if (next !== undefined) expect(Buffer.byteLength(head) + Buffer.byteLength(next)).toBeGreaterThan(bytes);
    }
  });

  it('counts newlines', () => {
    expect(countNewlines('a\nb\n\n')).toBe(3);
    expect(countNewlines('')).toBe(0);
  });
});
