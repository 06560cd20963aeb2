import { spellingsOfBase64 } from './base64-match.js';
import { base64Patterns } from './base64-patterns.js';
import { beginningsOf } from './beginnings.js';
import { isLetterOrDigit } from './encodings.js';
import { PairTable } from './pair-table.js';
import { PatternAutomaton } from './pattern-automaton.js';
import { printedForms } from './printed-forms.js';
import { firstUnitsOf, utf16Patterns } from './utf16-patterns.js';
import { linesOf, SHORTEST_SECRET, SHORTEST_STRING, stringsIn } from './secret-texts.js';
import { ESCAPES, patternsOf, unescaped } from './unescaped-units.js';

/** Without its escapes a text may be shorter: `a"'b` has three units. */
const SHORTEST_PATTERN = 3;

/** What is looked for: all forms of all secrets. */
export interface SecretPatterns {
  /** As they are printed without escapes. */
  readonly plain: PatternAutomaton;
  /** Those of `patternsOf`, whatever is escaped. */
  readonly unescaped: PatternAutomaton;
  readonly base64: PatternAutomaton;
  /** Those of `utf16Patterns`. */
  readonly utf16: PatternAutomaton;
  /** Whether the second byte of all of these is a NUL, as it is of ASCII and Latin-1: where none follows, none of them begins. */
  readonly isNulSecond: boolean;
  /** The two characters with which one of them may begin. */
  readonly beginnings: PairTable;
}

/** In UTF-16 it is beside every ASCII character. */
const NUL = 0;

export const makeSecretPatterns = (secrets: readonly string[]): SecretPatterns => {
  const texts = [
    ...secrets.map((text) => ({ text, shortest: SHORTEST_SECRET })),
    ...secrets.flatMap(stringsIn).map((text) => ({ text, shortest: SHORTEST_STRING })),
  ];
  const all = (formsOf: (text: string) => readonly string[]): readonly string[] => [
    ...new Set(texts.flatMap(({ text, shortest }) => formsOf(text).filter(({ length }) => length >= shortest))),
  ];
  const plain = all(printedForms);
  const base64 = all(base64Patterns);
  const utf16 = [...new Set(plain.flatMap(utf16Patterns))];
  const codes = all(linesOf).map(unescaped);
  const units = codes.flatMap(patternsOf).filter(({ length }) => length >= SHORTEST_PATTERN);
  return {
    plain: new PatternAutomaton(plain),
    unescaped: new PatternAutomaton(new Set(units)),
    base64: new PatternAutomaton(base64),
    utf16: new PatternAutomaton(utf16),
    isNulSecond: utf16.every((pattern) => pattern.charCodeAt(1) === NUL),
    beginnings: beginnings(plain, codes, base64, utf16),
  };
};

const beginnings = (
  plain: readonly string[],
  codes: readonly (readonly number[])[],
  base64: readonly string[],
  utf16: readonly string[],
): PairTable => {
  const pairs = new PairTable();
  const add = (first: readonly number[], second: readonly number[]): void => pairs.add(first, [...second, NUL]);
  for (const text of [...plain, ...utf16]) add([text.charCodeAt(0)], [text.charCodeAt(1)]);
  const firsts = firstUnitsOf(utf16);
  if (firsts.length > 0) pairs.addBeyondAscii(firsts);
  const lines = new Map(codes.map((line) => [line.slice(0, 2).join(), line]));
  for (const line of lines.values()) for (const pair of beginningsOf(line)) add(...pair);
  for (const text of base64) {
    const [first, second] = [text.charCodeAt(0), text.charCodeAt(1)];
    add(spellingsOfBase64(first), [...spellingsOfBase64(second), ...ESCAPES]);
    if (!isLetterOrDigit(first)) for (const pair of beginningsOf([first])) add(...pair);
  }
  return pairs;
};
