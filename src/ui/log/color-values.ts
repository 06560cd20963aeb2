import type { TextColor } from './text-style.js';

export type Rgb = readonly [red: number, green: number, blue: number];

/** WCAG 2.1, 1.4.3. */
const READABLE = 4.5;
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** The same in every theme; null for the first 16, which are the theme's. The others are the cube and the greys of xterm. */
export const fixedColor = (color: TextColor | undefined): Rgb | null => {
  if (color === undefined) return null;
  if (typeof color === 'string') return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)) as unknown as Rgb;
  if (color < 16) return null;
  if (color >= 232) {
    const level = 8 + (color - 232) * 10;
    return [level, level, level];
  }
  const cube = color - 16;
  const [red = 0, green = 0, blue = 0] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) =>
    step === 0 ? 0 : 55 + step * 40,
  );
  return [red, green, blue];
};

/** The colour that text has on a background: its own where that can be read. */
export const readableOn = (background: Rgb, text: Rgb | null): Rgb => {
  if (text && contrast(background, text) >= READABLE) return text;
  return contrast(background, BLACK) >= contrast(background, WHITE) ? BLACK : WHITE;
};

export const contrast = (one: Rgb, other: Rgb): number => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

const luminance = ([red, green, blue]: Rgb): number =>
  0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);

const linear = (value: number): number => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};
