import { spellingsOfBase64 } from './base64-match.js';
import { base64Patterns } from './base64-patterns.js';
import { beginningsOf } from './beginnings.js';
import { isLetterOrDigit } from './encodings.js';
import { PairTable } from './pair-table.js';
import { PatternAutomaton } from './pattern-automaton.js';
import { printedForms } from './printed-forms.js';
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
  /** The two characters with which one of them may begin. */
  readonly beginnings: PairTable;
}

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
  const codes = all(linesOf).map(unescaped);
  const units = codes.flatMap(patternsOf).filter(({ length }) => length >= SHORTEST_PATTERN);
  return {
    plain: new PatternAutomaton(plain),
    unescaped: new PatternAutomaton(new Set(units)),
    base64: new PatternAutomaton(base64),
    beginnings: beginnings(plain, codes, base64),
  };
};

const beginnings = (
  plain: readonly string[],
  codes: readonly (readonly number[])[],
  base64: readonly string[],
): PairTable => {
  const pairs = new PairTable();
  for (const text of plain) pairs.add([text.charCodeAt(0)], [text.charCodeAt(1)]);
  const lines = new Map(codes.map((line) => [line.slice(0, 2).join(), line]));
  for (const line of lines.values()) for (const pair of beginningsOf(line)) pairs.add(...pair);
  for (const text of base64) {
    const [first, second] = [text.charCodeAt(0), text.charCodeAt(1)];
    pairs.add(spellingsOfBase64(first), [...spellingsOfBase64(second), ...ESCAPES]);
    if (!isLetterOrDigit(first)) for (const pair of beginningsOf([first])) pairs.add(...pair);
  }
  return pairs;
};
