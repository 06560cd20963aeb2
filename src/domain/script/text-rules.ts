import type { FieldIssue } from '../errors.js';

export const within = (size: number, min: number, max: number, unit: string, units = `${unit}s`): FieldIssue[] => {
  if (size < min) return [here('must not be empty')];
  if (size > max) return [here(`must have at most ${max} ${max === 1 ? unit : units}; it has ${size}`)];
  return [];
};

export const wellFormed = (text: string): FieldIssue[] => {
  if (text.includes('\0')) return [here('must not contain a NUL character')];
  return /[\uD800-\uDFFF]/u.test(text) ? [here('must be well-formed Unicode: it holds half of a surrogate pair')] : [];
};

/** An issue of the value itself. */
export const here = (message: string): FieldIssue => ({ path: '', message });
