const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Counts the values and names of a JSON text while its bytes arrive, without parsing it: every `,`, `:`, `[` and `{` outside of
 * strings. What `JSON.parse` makes of a text is no larger than the text and this count. Says nothing about whether it is JSON.
 */
export class JsonValues {
  count = 0;
  #inString = false;
  #escaped = false;

  add(bytes: Uint8Array): void {
    let { count } = this;
    let inString = this.#inString;
    let escaped = this.#escaped;
    for (const byte of bytes) {
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === COMMA || byte === COLON || byte === OPEN_LIST || byte === OPEN_OBJECT) count++;
    }
    this.count = count;
    this.#inString = inString;
    this.#escaped = escaped;
  }
}

/** Whether a parsed value holds more than `most` values and names. Looks at no more of it than that. */
export const holdsMoreThan = (value: unknown, most: number): boolean => {
  let count = 0;
  const open: object[] = [];
  const enter = (inner: unknown): void => {
    if (typeof inner === 'object' && inner !== null) open.push(inner);
  };
  enter(value);
  for (let next = open.pop(); next && count <= most; next = open.pop()) {
    const inner = Array.isArray(next) ? (next as unknown[]) : Object.values(next);
    count += inner.length + 1;
    if (count <= most) inner.forEach(enter);
  }
  return count > most;
};
