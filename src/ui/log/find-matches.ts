import type { Range } from './links.js';

/** A line with more of them is marked up to here. */
const MOST = 500;

/** Where `wanted` stands in a text. Folds case as the server's search does, unless `matchCase`. */
export const findMatches = (text: string, wanted: string, matchCase: boolean): readonly Range[] => {
  if (wanted === '') return [];
  const where = matchCase ? text : foldKeepingLength(text);
  const what = matchCase ? wanted : wanted.toLowerCase();
  const found: Range[] = [];
  for (let at = where.indexOf(what); at !== -1 && found.length < MOST; at = where.indexOf(what, at + what.length))
    found.push({ start: at, end: at + what.length });
  return found;
};

/** `İ` becomes two characters in lower case, which would move all that follows. */
const foldKeepingLength = (text: string): string => {
  const folded = text.toLowerCase();
  if (folded.length === text.length) return folded;
  return Array.from(text, (character) => {
    const lower = character.toLowerCase();
    return lower.length === character.length ? lower : character;
  }).join('');
};
