/** A colour of output: 0–255 of the terminal's palette (below 16 they are the theme's), or `#rrggbb`. */
export type TextColor = number | `#${string}`;

/** How a piece of output is written. Immutable. */
export interface TextStyle {
  readonly foreground?: TextColor;
  readonly background?: TextColor;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly inverse?: true;
}

export const PLAIN: TextStyle = Object.freeze({});

/**
 * The style after a Select Graphic Rendition sequence (ECMA-48 8.3.117; colours as in ISO 8613-6 and xterm).
 * @param parameters what stands between `ESC [` and `m`
 */
export const withGraphics = (style: TextStyle, parameters: string): TextStyle => {
  if (parameters === '' || parameters === '0') return PLAIN;
  let next: Mutable = { ...style };
  const codes = parameters.split(';');
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? '';
    const [first = '', ...rest] = code.split(':');
    const number = first === '' ? 0 : Number(first);
    if (number === 38 || number === 48) {
      const parts = rest.length > 0 ? rest : codes.slice(i + 1, i + 5);
      const { color, used } = readColor(parts, rest.length > 0);
      if (rest.length === 0) i += used;
      if (color !== null) next[number === 38 ? 'foreground' : 'background'] = color;
    } else if (number === 0) next = {};
    else apply(next, number, rest[0]);
  }
  return Object.keys(next).length === 0 ? PLAIN : next;
};

/** The sequence that leaves this style, whatever was before it. */
export const graphicsOf = (style: TextStyle): string => {
  const codes = Object.entries(ON)
    .filter(([code, name]) => style[name] && code !== '21')
    .map(([code]) => code);
  return `\x1b[${[0, ...codes, ...colorCodes(style.foreground, 30), ...colorCodes(style.background, 40)].join(';')}m`;
};

const colorCodes = (color: TextColor | undefined, first: 30 | 40): readonly number[] => {
  if (color === undefined) return [];
  if (typeof color === 'string') return [first + 8, 2, ...[1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))];
  if (color >= 16) return [first + 8, 5, color];
  return [color < 8 ? first + color : first + 52 + color];
};

type Mutable = { -readonly [Name in keyof TextStyle]: TextStyle[Name] };

const ON = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'inverse', 9: 'strike', 21: 'underline' } as const;
const OFF: Readonly<Record<number, readonly (keyof TextStyle)[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  29: ['strike'],
  39: ['foreground'],
  49: ['background'],
};

/** Codes that are not known change nothing: blinking and hiding are not for a log. */
const apply = (style: Mutable, code: number, variant: string | undefined): void => {
  if (code in OFF) for (const name of OFF[code] ?? []) Reflect.deleteProperty(style, name);
  else if (code === 4 && variant === '0') delete style.underline;
  else if (code in ON) style[ON[code as keyof typeof ON]] = true;
  else if (code >= 30 && code <= 37) style.foreground = code - 30;
  else if (code >= 40 && code <= 47) style.background = code - 40;
  else if (code >= 90 && code <= 97) style.foreground = code - 82;
  else if (code >= 100 && code <= 107) style.background = code - 92;
};

/** `5;n`, `2;r;g;b`; with colons also `2:space:r:g:b`. `used`: how many parts that took. */
const readColor = (parts: readonly string[], colons: boolean): { color: TextColor | null; used: number } => {
  if (parts[0] === '5') return { color: byte(parts[1]), used: 2 };
  if (parts[0] !== '2') return { color: null, used: 0 };
  const [red, green, blue] = parts.slice(colons && parts.length > 4 ? 2 : 1).map(byte);
  if (red == null || green == null || blue == null) return { color: null, used: 4 };
  return { color: `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`, used: 4 };
};

const byte = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,3}$/.test(text) && Number(text) < 256 ? Number(text) : null;
