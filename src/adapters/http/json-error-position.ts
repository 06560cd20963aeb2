const SPACE = /[ \t\r\n]*/y;
const TOKEN = /[[\]{},:"]|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Anything from U+0020 on but quote and backslash. */
const PLAIN = /[ !#-[\]-\uffff]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or close' | 'end';

/** Where a text stops being JSON, which JSON.parse does not always tell; line and column count from 1. */
export const jsonErrorPosition = (text: string): { line: number; column: number } => {
  const before = text.slice(0, errorOffset(text));
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
};

const errorOffset = (text: string): number => {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at += matchAt(SPACE, text, at).length;
    const token = matchAt(TOKEN, text, at);
    const end = token === '"' ? endOfString(text, at) : { at: at + token.length, whole: token !== '' };
    const next: Expected | null = end.whole || token === '"' ? follow(expected, token, open) : null;
    if (next === null) return at;
    if (!end.whole) return end.at;
    expected = next;
    at = end.at;
  }
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

const endOfString = (text: string, start: number): { at: number; whole: boolean } => {
  let at = start + 1;
  for (;;) {
    at += matchAt(PLAIN, text, at).length;
    if (text[at] === '"') return { at: at + 1, whole: true };
    const escape = matchAt(ESCAPE, text, at);
    if (escape === '') return { at, whole: false };
    at += escape.length;
  }
};

const matchAt = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
};
