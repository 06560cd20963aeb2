import type { FieldIssue } from '../errors.js';
import { codePoints, utf8Length } from '../text.js';

export const within = (size: number, min: number, max: number, unit: string, units = `${unit}s`): FieldIssue[] => {
  if (size < min) return [here('must not be empty')];
  if (size > max) return [here(`must have at most ${max} ${max === 1 ? unit : units}; it has ${size}`)];
  return [];
};

/** Of a text that is far too long nothing is counted: it has at least half as many characters as UTF-16 code units. */
export const withinCharacters = (text: string, min: number, max: number): FieldIssue[] =>
  text.length > 2 * max + MARGIN
    ? [tooLong(max, 'characters', text.length / 2)]
    : within(codePoints(text), min, max, 'character');

/** The same of bytes of UTF-8, of which a text has at least as many as UTF-16 code units. */
export const withinBytes = (text: string, min: number, max: number): FieldIssue[] =>
  text.length > max + MARGIN ? [tooLong(max, 'bytes', text.length)] : within(utf8Length(text), min, max, 'byte');

/** What is longer than allowed by no more than this is told to the last character. */
const MARGIN = 10_000;

const tooLong = (max: number, units: string, atLeast: number): FieldIssue =>
  here(`must have at most ${max} ${units}; it has at least ${Math.ceil(atLeast)}`);

/** Checks in their order; after one that finds something the others are not made. */
export const firstOf = (...checks: (() => FieldIssue[])[]): FieldIssue[] => {
  for (const check of checks) {
    const issues = check();
    if (issues.length > 0) return issues;
  }
  return [];
};

export const wellFormed = (text: string): FieldIssue[] => {
  if (text.includes('\0')) return [here('must not contain a NUL character')];
  return /[\uD800-\uDFFF]/u.test(text) ? [here('must be well-formed Unicode: it holds half of a surrogate pair')] : [];
};

/** An issue of the value itself. */
export const here = (message: string): FieldIssue => ({ path: '', message });
