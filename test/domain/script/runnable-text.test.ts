import { describe, expect, it } from '@jest/globals';
import { runnableText } from '../../../src/domain/script/runnable-text.js';

describe('The text that an interpreter gets', () => {
  it.each([
    ['a byte order mark', '\uFEFF#!/bin/sh\necho a\n', '#!/bin/sh\necho a\n'],
    ['carriage returns before line feeds', 'if true\r\nthen\r\n  echo a\r\nfi\r\n', 'if true\nthen\n  echo a\nfi\n'],
    ['one at the end', 'echo a\r\nexit 3\r', 'echo a\nexit 3'],
    ['some lines that have one', 'echo a\necho b\r\necho c', 'echo a\necho b\necho c'],
  ])('is without %s', (_, body, text) => {
    expect(runnableText(body)).toBe(text);
  });

  it.each([
    ['a carriage return within a line', 'printf "1\r2"\n'],
    ['a byte order mark within the text', 'printf "\uFEFF" >bom.txt\n'],
    ['a text without either', 'echo a\necho b\n'],
    ['nothing', ''],
  ])('keeps %s', (_, body) => {
    expect(runnableText(body)).toBe(body);
  });
});
