export interface Assignment {
  readonly key: string;
  readonly value: string;
}

export interface EnvLines {
  /** In their order; of a key that is given twice the last, as a shell would have it. */
  readonly assignments: readonly Assignment[];
  /** Lines that are neither an assignment nor a comment. */
  readonly skipped: readonly string[];
}

/**
 * Reads what `.env` files, `export -p` and `env` have: `KEY=value` a line, with `export` or `declare -x` before it, in single or double
 * quotes (which may span lines), with comments. Nothing is expanded: `$HOME` stays as it is.
 */
export const parseEnvLines = (text: string): EnvLines => {
  const values = new Map<string, string>();
  const skipped: string[] = [];
  const rest = text.replace(/\r\n?/g, '\n').replace(/^\uFEFF/, '');
  let at = 0;
  while (at < rest.length) {
    const head = matchAt(HEAD, rest, at);
    const found = head && readValue(rest, at + head[0].length);
    if (found) {
      const key = head[1] ?? '';
      values.delete(key);
      values.set(key, found.value);
      at = found.end;
    } else {
      const line = lineAt(rest, at);
      if (line.trim() !== '' && !line.trimStart().startsWith('#')) skipped.push(line.trim());
      at += line.length + 1;
    }
  }
  return { assignments: [...values].map(([key, value]) => ({ key, value })), skipped };
};

/** Whether a pasted text is meant to be read as lines rather than as one value. */
export const looksLikeEnvLines = (text: string): boolean => parseEnvLines(text).assignments.length > 0;

const HEAD = /[ \t]*(?:export[ \t]+|declare[ \t]+-x[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=/y;
const DOUBLE = /"((?:[^"\\]|\\[\s\S])*)"[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const SINGLE = /'([^']*)'[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\n': '' };

const readValue = (text: string, at: number): { value: string; end: number } => {
  const double = matchAt(DOUBLE, text, at);
  if (double) return { value: unescape(double[1] ?? ''), end: at + double[0].length };
  const single = matchAt(SINGLE, text, at);
  if (single) return { value: single[1] ?? '', end: at + single[0].length };
  const line = lineAt(text, at);
  return { value: line.replace(/[ \t]#.*$/, '').trim(), end: at + line.length + 1 };
};

const unescape = (text: string): string =>
  text.replace(
    /\\([\s\S])/g,
    (pair, character: string) => ESCAPED[character] ?? ('"\\$`'.includes(character) ? character : pair),
  );

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

const lineAt = (text: string, at: number): string => {
  const end = text.indexOf('\n', at);
  return text.slice(at, end < 0 ? undefined : end);
};
