import type { FieldIssue } from '../errors.js';
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

/** What is wrong with one that is given, and one that would do; empty is made from the name. One that is too long breaks another rule. */
export const identifierIssues = (given: string): FieldIssue[] => {
  if (given === '' || given.length > LIMITS.codeIdentifierLength || /^[a-z0-9_]+(-[a-z0-9_]+)*$/.test(given)) return [];
  const suggested = normalizeCodeIdentifier(given);
  const advice = suggested === '' ? 'leave it out to have one made from the name' : `"${suggested}" would do`;
  const message = `must hold only a-z, 0-9 and _, in parts joined by one - each; ${advice}`;
  return [{ path: 'codeIdentifier', message }];
};

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
