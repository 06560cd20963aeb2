import { describe, expect, it } from '@jest/globals';
import { readPlain, readStyled, styleAfter } from '../../../src/ui/log/control-sequences.js';
import { PLAIN, withGraphics } from '../../../src/ui/log/text-style.js';

describe('a line with colours', () => {
  it('is text in styles', () => {
    expect(readStyled('a \x1b[1;31mb\x1b[0m c')).toEqual([
      { text: 'a ', style: {} },
      { text: 'b', style: { bold: true, foreground: 1 } },
      { text: ' c', style: {} },
    ]);
  });

  it('begins in the style that the line before left, and leaves its own', () => {
    const red = styleAfter('\x1b[31mred', PLAIN);
    expect(readStyled('still', red)).toEqual([{ text: 'still', style: { foreground: 1 } }]);
    expect(styleAfter('no change', red)).toBe(red);
    expect(styleAfter('\x1b[m', red)).toBe(PLAIN);
  });

  it.each([
    ['91', { foreground: 9 }],
    ['40', { background: 0 }],
    ['107', { background: 15 }],
    ['38;5;208', { foreground: 208 }],
    ['48;2;1;2;255', { background: '#0102ff' }],
    ['38:2::1:2:3', { foreground: '#010203' }],
    ['38:2:1:2:3', { foreground: '#010203' }],
    ['38:5:9;1', { foreground: 9, bold: true }],
    ['38;5;300', {}],
    ['38;2;1', {}],
    ['4:0', {}],
    ['1;2;22', {}],
    ['31;;1', { bold: true }],
    ['3;4;7;9', { italic: true, underline: true, inverse: true, strike: true }],
    ['5;8;1000', {}],
  ])('reads %s', (parameters, style) => expect(withGraphics(PLAIN, parameters)).toEqual(style));
});

describe('control sequences other than colours', () => {
  it.each([
    ['cursor movement', 'a\x1b[2Ab\x1b[10;5Hc\x1b[?25ld'],
    ['erasing', 'ab\x1b[K\x1b[2Jcd'],
    ['a private sequence that ends in m', 'ab\x1b[>4;2mcd'],
    ['a link', 'ab\x1b]8;;https://example.com/\x1b\\cd\x1b]8;;\x07'],
    ['the clipboard', 'ab\x1b]52;c;cm0gLXJmIH4=\x07cd'],
    ['the title', '\x1b]0;owned\x07abcd'],
    ['a device control string', 'ab\x1bPq#0;2;0;0;0\x1b\\cd'],
    ['eight-bit forms', 'ab\x9b1A\x9d52;c;eA==\x9ccd'],
    ['a character set', '\x1b(Babcd\x1b7\x1b='],
    ['bell, NUL, DEL and others', '\x07a\0b\x7fc\x0bd\x1f'],
  ])('%s is dropped', (_, line) => expect(readPlain(line)).toBe('abcd'));

  it.each([
    ['a control sequence', 'ab\x1b[38;5'],
    ['a command with its text', 'ab\x1b]52;c;cm0gLXJm'],
    ['a bare escape', 'ab\x1b'],
  ])('%s that the line ends in is dropped', (_, line) => expect(readPlain(line)).toBe('ab'));

  it('a sequence that a wrong character breaks is dropped up to it', () => {
    expect(readPlain('a\x1b[31\x1b[32mb')).toBe('ab');
    expect(readStyled('a\x1b[31é')).toEqual([
      { text: 'a', style: {} },
      { text: 'é', style: {} },
    ]);
    expect(readPlain('a\x1b]0;title\x1b[1mb')).toBe('ab');
  });

  it('a tab stays', () => expect(readPlain('a\tb')).toBe('a\tb'));

  it('takes time in proportion to the length', () => {
    const line = '\x1b]'.repeat(200_000) + '\x1b['.repeat(200_000);
    const before = performance.now();
    expect(readPlain(line)).toBe('');
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
