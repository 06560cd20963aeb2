import { LIMITS } from '../limits.js';

/** Longer texts are too long whatever is left of them, and not worth the work. */
const NORMALIZED_LENGTH = 10_000;

/** Lower case, every run of other characters than `a-z0-9_` one `-`, none at the ends. May come out empty or too long. */
export const normalizeCodeIdentifier = (text: string): string =>
  text.length > NORMALIZED_LENGTH
    ? text
    : text
        .toLowerCase()
        .replace(/[^a-z0-9_]+/g, '-')
        .replace(/^-+|-+$/g, '');

/**
 * The identifiers to try for a script that names none, best first: made from the name, then with `-2`, `-3`, …
 * `hex` gives six hex digits for a name of which nothing is left.
 */
export function* candidateIdentifiers(name: string, hex: () => string): Generator<string> {
  const base = cut(normalizeCodeIdentifier(name), LIMITS.codeIdentifierLength);
  if (base === '') for (;;) yield `script-${hex()}`;
  yield base;
  for (let n = 2; ; n++) yield cut(base, LIMITS.codeIdentifierLength - `-${n}`.length) + `-${n}`;
}

const cut = (identifier: string, length: number): string => identifier.slice(0, length).replace(/-+$/, '');
