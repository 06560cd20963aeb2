import { describe, expect, it } from '@jest/globals';
import {
  candidateIdentifiers,
  identifierIssues,
  normalizeCodeIdentifier,
} from '../../../src/domain/script/code-identifier.js';

const first = (name: string, count: number): string[] => {
  const made = candidateIdentifiers(name, () => 'c0ffee');
  return Array.from({ length: count }, () => made.next().value as string);
};

describe('a code identifier that is given', () => {
  it.each(['rotate', 'rotate-the-cache', 'snake_case', '0', '_', '', 'a'.repeat(64)])('may be %j', (given) => {
    expect(identifierIssues(given)).toEqual([]);
  });

  it.each([
    ['Rotate the Cache!', '"rotate-the-cache" would do'],
    ['a--b', '"a-b" would do'],
    ['-a-', '"a" would do'],
    [' a', '"a" would do'],
    ['a\n', '"a" would do'],
    ['日本', 'leave it out to have one made from the name'],
  ])('is refused with a suggestion: %j', (given, suggestion) => {
    expect(identifierIssues(given)).toEqual([{ path: 'codeIdentifier', message: expect.stringContaining(suggestion) }]);
  });
});

describe('code identifiers', () => {
  it.each([
    ['Rotate the Cache!', 'rotate-the-cache'],
    ['--a  b--', 'a-b'],
    ['snake_case', 'snake_case'],
    ['Ünïcode', 'n-code'],
    ['日本', ''],
  ])('makes %j %j', (given, expected) => {
    expect(normalizeCodeIdentifier(given)).toBe(expected);
  });

  it('numbers those that are taken', () => {
    expect(first('Rotate', 3)).toEqual(['rotate', 'rotate-2', 'rotate-3']);
  });

  it('never exceeds 64 characters', () => {
    expect(first('x'.repeat(100), 2)).toEqual(['x'.repeat(64), `${'x'.repeat(62)}-2`]);
  });

  it('makes one up when nothing of the name is left', () => {
    expect(first('日本', 1)).toEqual(['script-c0ffee']);
  });
});
