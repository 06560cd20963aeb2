import { PLAIN, type TextStyle, withGraphics } from './text-style.js';

export interface StyledText {
  readonly text: string;
  readonly style: TextStyle;
}

/**
 * The control functions of ECMA-48 as terminals read them. A sequence that the line ends in, or that a wrong character breaks, is dropped
 * as far as it goes. Of all of them SGR (`ESC [ … m`) and what moves the cursor or erases (`MOVES`) have an effect; operating system commands
 * (`ESC ]`: links, clipboard, title) and the other strings are dropped with what they carry.
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

/** What changes the place where is printed, or erases: see `Screen`. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
export const MOVES = /[\r\b]|\x1b[78]|(?:\x1b\[|\x9b)[\d;]*[A-HJKLMfsu`]/;

/** A control function. */
export interface Control {
  /** The final character of a control sequence, else the whole. */
  readonly name: string;
  readonly parameters: string;
  /** The first parameter, at least 1. */
  readonly count: number;
  readonly text: string;
}

/** Text and control functions, in their order. */
export function* partsOf(text: string): Generator<string | Control> {
  let start = 0;
  for (const match of text.matchAll(CONTROL)) {
    if (match.index > start) yield text.slice(start, match.index);
    start = match.index + match[0].length;
    const [whole, parameters = '', intermediate, final] = match;
    const isKnown = intermediate === '' && final !== '' && /^[\d;:]*$/.test(parameters);
    const name = isKnown && final !== undefined ? final : whole;
    yield { name, parameters, count: Math.max(1, Number.parseInt(parameters, 10) || 1), text: whole };
  }
  if (start < text.length) yield text.slice(start);
}

/** The end of a piece that may go on in the next one: a control function, and a carriage return that a newline may follow. */
const UNFINISHED =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /(?:(?:\x1b\[?|\x9b)[ -?]{0,200}|\x1b[\]PX^_][^\n\x07\x1b\x9c]{0,1000}\x1b?|\r+)$/;
const LONGEST_UNFINISHED = 1024;

export const unfinishedOf = (piece: string): string => {
  const end = piece.slice(-LONGEST_UNFINISHED);
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return /[\r\x1b\x9b]/.test(end) ? (UNFINISHED.exec(end)?.[0] ?? '') : '';
};

/** A line of output as it is to be read. @param from the style that lines before it left */
export const readStyled = (line: string, from: TextStyle = PLAIN): readonly StyledText[] => {
  if (!ANY.test(line)) return line === '' ? [] : [{ text: line, style: from }];
  const pieces: StyledText[] = [];
  let style = from;
  let start = 0;
  for (const match of line.matchAll(CONTROL)) {
    if (match.index > start) pieces.push({ text: line.slice(start, match.index), style });
    start = match.index + match[0].length;
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
