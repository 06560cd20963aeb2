import { PLAIN, type TextStyle, withGraphics } from './text-style.js';

export interface StyledText {
  readonly text: string;
  readonly style: TextStyle;
}

/**
 * The control functions of ECMA-48 as terminals read them. A sequence that the line ends in, or that a wrong character breaks, is dropped
 * as far as it goes. Of all of them only SGR (`ESC [ … m`) and backspace have an effect; operating system commands (`ESC ]`: links,
 * clipboard, title) and the other strings are dropped with what they carry.
 */
const CONTROL = new RegExp(
  [
    '(?:\\x1b\\[|\\x9b)([0-?]*)([ -/]*)([@-~]?)', // control sequence
    '(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\n\\x07\\x1b\\x9c]*(?:\\x07|\\x1b\\\\|\\x9c)?', // control string
    '\\x1b[ -/]*[0-~]?', // escape sequence
    '[\\0-\\x08\\x0a-\\x1f\\x7f-\\x9f]',
  ].join('|'),
  'g',
);
// eslint-disable-next-line no-control-regex -- they are what is looked for
const ANY = /[\0-\x08\x0a-\x1f\x7f-\x9f]/;

/** A line of output as it is to be read. @param from the style that lines before it left */
export const readStyled = (line: string, from: TextStyle = PLAIN): readonly StyledText[] => {
  if (!ANY.test(line)) return line === '' ? [] : [{ text: line, style: from }];
  const pieces: StyledText[] = [];
  let style = from;
  let start = 0;
  for (const match of line.matchAll(CONTROL)) {
    if (match.index > start) pieces.push({ text: line.slice(start, match.index), style });
    start = match.index + match[0].length;
    if (match[0] === '\b') dropLastCharacter(pieces);
    style = styleAfterMatch(match, style);
  }
  if (start < line.length) pieces.push({ text: line.slice(start), style });
  return pieces;
};

export const readPlain = (line: string): string =>
  ANY.test(line)
    ? readStyled(line)
        .map(({ text }) => text)
        .join('')
    : line;

/** The style that a line leaves to the next one of its stream. */
export const styleAfter = (line: string, from: TextStyle): TextStyle => {
  if (!line.includes('\x1b') && !line.includes('\x9b')) return from;
  let style = from;
  for (const match of line.matchAll(CONTROL)) style = styleAfterMatch(match, style);
  return style;
};

const styleAfterMatch = ([, parameters = '', intermediate, final]: RegExpExecArray, style: TextStyle): TextStyle =>
  final === 'm' && intermediate === '' && /^[\d;:]*$/.test(parameters) ? withGraphics(style, parameters) : style;

/** `N` backspace `N` is how bold was printed, and spinners go back by it. */
const dropLastCharacter = (pieces: StyledText[]): void => {
  const last = pieces.pop();
  if (!last) return;
  const text = last.text.replace(/[^]$/u, '');
  if (text !== '') pieces.push({ text, style: last.style });
};
