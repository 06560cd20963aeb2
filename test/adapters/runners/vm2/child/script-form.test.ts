import { describe, expect, it } from '@jest/globals';
import { compileBody } from '../../../../../src/adapters/runners/vm2/child/script-form.js';

const formOf = (body: string): string => (compileBody(body).code.startsWith('(async () => {') ? 'function' : 'script');
const errorOf = (body: string): string => {
  try {
    compileBody(body);
  } catch (error) {
    return (error as Error).stack ?? '';
  }
  throw new Error('it compiled');
};

describe('the form of a script', () => {
  it.each([
    '1 + 1',
    'async function f() { await 1; return 2 } f()',
    '// await\n"return"',
    'const awaited = { await: 1 }; awaited.await',
    'var await = 1; await + 1',
    'function f() { return 1 } f()',
    'with ({ a: 1 }) { a }',
    '#!/usr/bin/env node\n1',
    '"use strict"; 1',
  ])('is a script: %j', (body) => {
    expect(formOf(body)).toBe('script');
  });

  it.each([
    'await 1',
    'return 1',
    'const x = await f()',
    'await (async () => 1)()',
    'await [1]',
    'await `x`',
    'for await (const x of []) {}',
    'if (x) { await (x) }',
    'return await 1 // the end',
    '#!/usr/bin/env node\nreturn 1',
  ])('is an async function: %j', (body) => {
    expect(formOf(body)).toBe('function');
  });

  it.each<[string, string, string]>([
    [
      'in a script',
      'let a = 1;\nlet a = 2;',
      "script.js:2\nlet a = 2;\n    ^\n\nSyntaxError: Identifier 'a' has already been declared",
    ],
    [
      'after an await',
      'await 1;\nlet a = 1;\nlet a = 2;',
      "script.js:3\nlet a = 2;\n    ^\n\nSyntaxError: Identifier 'a' has already been declared",
    ],
    [
      'at an import',
      '\nimport fs from "fs"',
      'script.js:2\nimport fs from "fs"\n^^^^^^\n\nSyntaxError: Cannot use import statement outside a module',
    ],
    ['that closes the function around it', 'await 1 })(); (async () => {', 'script.js:1\n'],
    ['that closes a declaration around it', '} async function other() { await 1;', 'script.js:1\n'],
    ['in the brackets of both', '}, async () => { await 1;', 'script.js:1\n'],
    ['that only vm2 cannot read', '\ntry { /[a&&b]/v } catch (e) { e }', 'script.js:2\n'],
  ])('names the line of an error %s', (_, body, start) => {
    expect(errorOf(body).startsWith(start)).toBe(true);
  });
});
