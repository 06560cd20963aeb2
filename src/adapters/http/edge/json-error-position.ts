const NEWLINE = 0x0a;

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or close' | 'end';

/**
 * Where a text stops being JSON, which JSON.parse does not always tell; line and column count from 1. Reads the text once, by
 * character codes: a body that is refused may have 8 MiB.
 */
export const jsonErrorPosition = (text: string): { line: number; column: number } => {
  const offset = errorOffset(text);
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < offset; at++) {
    if (text.charCodeAt(at) !== NEWLINE) continue;
    line++;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
};

const errorOffset = (text: string): number => {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    while (isSpace(text.charCodeAt(at))) at++;
    const token = tokenAt(text, at);
    const next: Expected | null = token === '' ? null : follow(expected, token, open);
    if (next === null) return at;
    if (token === '"') {
      const end = endOfString(text, at);
      if (!end.whole) return end.at;
      at = end.at;
    } else at += token.length;
    expected = next;
  }
};

const TOKEN = /[[\]{},:"]|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Of a string only its quote; empty where no token begins. */
const tokenAt = (text: string, at: number): string => {
  TOKEN.lastIndex = at;
  return TOKEN.exec(text)?.[0] ?? '';
};

/** What may follow when `token` comes where `expected` is; null when it may not come. */
const follow = (expected: Expected, token: string, open: string[]): Expected | null => {
  const afterValue = (): Expected => (open.length > 0 ? ', or close' : 'end');
  if (token === '}' || token === ']') {
    const closes = expected === ', or close' || expected === (token === '}' ? 'name or }' : 'value or ]');
    return closes && open.pop() === (token === '}' ? '{' : '[') ? afterValue() : null;
  }
  if (token === ',') return expected !== ', or close' ? null : open.at(-1) === '{' ? 'name' : 'value';
  if (token === ':') return expected === ':' ? 'value' : null;
  if (expected === 'name' || expected === 'name or }') return token === '"' ? ':' : null;
  if (expected !== 'value' && expected !== 'value or ]') return null;
  if (token !== '{' && token !== '[') return afterValue();
  open.push(token);
  return token === '{' ? 'name or }' : 'value or ]';
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PLAIN = 0x20;
const LETTER_U = 0x75;
const SIMPLE_ESCAPES = '"\\/bfnrt';
const HEX_DIGITS = 4;

const endOfString = (text: string, start: number): { at: number; whole: boolean } => {
  for (let at = start + 1; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return { at: at + 1, whole: true };
    if (code < FIRST_PLAIN) return { at, whole: false };
    if (code !== BACKSLASH) at++;
    else {
      const length = escapeLength(text, at);
      if (length === 0) return { at, whole: false };
      at += length;
    }
  }
  return { at: text.length, whole: false };
};

/** 0 for a backslash that begins no escape. */
const escapeLength = (text: string, at: number): number => {
  if (text.charCodeAt(at + 1) !== LETTER_U)
    return at + 1 < text.length && SIMPLE_ESCAPES.includes(text.charAt(at + 1)) ? 2 : 0;
  for (let digit = 0; digit < HEX_DIGITS; digit++) if (!isHex(text.charCodeAt(at + 2 + digit))) return 0;
  return 2 + HEX_DIGITS;
};

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
const isHex = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
