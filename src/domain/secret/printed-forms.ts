import { linesOf } from './secret-texts.js';

/** How `text` looks where it is printed without escapes: whole, by lines, and as the words of a shell. */
export const printedForms = (text: string): readonly string[] => [
  text,
  text.replace(/\r?\n/g, '\n'),
  text.replace(/\r?\n/g, '\r\n'),
  text.trim().split(/\s+/).join(' '),
  ...linesOf(text), // trimmed, as by $(…)
];
