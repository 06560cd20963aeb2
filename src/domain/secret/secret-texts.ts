/** Shorter secrets would mask what has nothing to do with them. Also the least length of what is looked for. */
export const SHORTEST_SECRET = 4;
/** Shorter strings of a JSON document are ordinary words too often. */
export const SHORTEST_STRING = 8;

/** The strings in a secret that is a JSON document, but for its keys; those of documents within strings too. */
export const stringsIn = (secret: string): readonly string[] => {
  const found: string[] = [];
  const left: unknown[] = [parsed(secret)];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value === 'object' && value !== null) left.push(...(Object.values(value) as unknown[]));
    else if (typeof value === 'string' && value.trim().length >= SHORTEST_STRING) {
      found.push(value);
      left.push(parsed(value));
    }
  }
  return found;
};

/** Null for what is no JSON. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** A text and its lines, without the white space around them. */
export const linesOf = (text: string): readonly string[] =>
  [text, ...(/[\r\n]/.test(text) ? text.split(/[\r\n]+/) : [])].map((line) => line.trim());
