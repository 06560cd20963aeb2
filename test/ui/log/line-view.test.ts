import { describe, expect, it } from '@jest/globals';
import { contrast, type Rgb } from '../../../src/ui/log/color-values.js';
import { showText } from '../../../src/ui/log/line-view.js';
import { PLAIN } from '../../../src/ui/log/text-style.js';

const show = (text: string): HTMLElement => {
  const element = document.createElement('span');
  const line = { number: 1, stream: 'stdout', at: 0, text, style: PLAIN, cut: 0 } as const;
  showText(element, line, { text: '', matchCase: false });
  return element;
};

const rgb = (span: HTMLElement | null, name: string): Rgb => {
  const value = span?.style.getPropertyValue(name) ?? '';
  const [red = NaN, green = NaN, blue = NaN] = [1, 3, 5].map((at) => parseInt(value.slice(at, at + 2), 16));
  return [red, green, blue];
};

const contrastOf = (codes: string): number => {
  const span = show(`\x1b[${codes}mtext`).querySelector('span');
  expect(span?.className).toBe('bg fg');
  return contrast(rgb(span, '--bg'), rgb(span, '--fg'));
};

describe('the colours of output', () => {
  it('leave text readable on every background of the 256 that is the same in every theme', () => {
    for (let color = 16; color < 256; color++) {
      for (const codes of [`48;5;${color}`, `33;48;5;${color}`, `38;5;${color};48;5;${color}`, `7;38;5;${color}`])
        expect([codes, contrastOf(codes) >= 4.5]).toEqual([codes, true]);
    }
  });

  it('leave text readable on 24-bit backgrounds, in its own colour where that does', () => {
    expect(contrastOf('48;2;255;255;0')).toBeGreaterThan(4.5);
    const span = show('\x1b[38;2;0;0;128;48;2;255;255;0mtext').querySelector('span');
    expect([rgb(span, '--fg'), rgb(span, '--bg')]).toEqual([
      [0, 0, 128],
      [255, 255, 0],
    ]);
  });
});

describe('characters that turn the direction of text', () => {
  it.each(['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'])(
    'are shown, not obeyed: %j',
    (control) => {
      const code = control.charCodeAt(0).toString(16).toUpperCase();
      expect(show(`rm ${control}gpj.exe`).textContent).toBe(`rm ⟨U+${code}⟩gpj.exe`);
    },
  );

  it('are no part of a language that is written from the right', () => {
    expect(show('שלום עולם').textContent).toBe('שלום עולם');
  });
});
