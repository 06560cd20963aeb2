import { describe, expect, it } from '@jest/globals';
import { showBidiControls } from '../../../src/ui/format/bidi-controls.js';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('characters that turn the direction of text', () => {
  it.each([0x61c, 0x200e, 0x200f, ...range(0x202a, 0x202e), ...range(0x2066, 0x2069)])(
    'are shown by name: %i',
    (code) => {
      const name = `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
      expect(showBidiControls(`a${String.fromCharCode(code)}b`)).toBe(`a${name}b`);
    },
  );

  it('are not the letters of languages that are written from right to left, nor joiners', () => {
    expect(showBidiControls('שלום مرحبا 👨‍👩‍👧')).toBe('שלום مرحبا 👨‍👩‍👧');
  });
});
