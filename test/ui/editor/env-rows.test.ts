import { describe, expect, it } from '@jest/globals';
import { BLANK_ROW, pasteInto, soundsSecret } from '../../../src/ui/editor/env-rows.js';
import type { EnvRow } from '../../../src/ui/editor/script-form.js';

const row = (key: string, value = '', more: Partial<EnvRow> = {}): EnvRow => ({ ...BLANK_ROW, key, value, ...more });

describe('pasting into the environment', () => {
  it('puts new variables in the place of a blank row', () => {
    expect(pasteInto([row('A', '1'), BLANK_ROW, row('Z', '26')], 1, 'B=2\nC=3')?.rows).toEqual([
      row('A', '1'),
      row('B', '2'),
      row('C', '3'),
      row('Z', '26'),
    ]);
  });

  it('puts them after a row that is in use, which stays', () => {
    expect(pasteInto([row('A', '1'), row('Z')], 0, 'B=2')?.rows).toEqual([row('A', '1'), row('B', '2'), row('Z')]);
  });

  it('gives a variable that is there its new value, and leaves it secret', () => {
    const pasted = pasteInto(
      [row('A', '1'), row('DSN', '', { secret: true, stored: true })],
      0,
      'DSN=db://new\nB=2\nwhat?',
    );
    expect(pasted).toEqual({
      rows: [row('A', '1'), row('B', '2'), row('DSN', 'db://new', { secret: true, stored: true })],
      added: 1,
      changed: 1,
      skipped: ['what?'],
    });
  });

  it('makes secrets of new variables that are named like some', () => {
    expect(pasteInto([], 0, 'API_TOKEN=x\nHOST=y')?.rows).toEqual([
      row('API_TOKEN', 'x', { secret: true }),
      row('HOST', 'y'),
    ]);
  });

  it('leaves alone what has no assignment', () => {
    expect(pasteInto([row('A', '1')], 0, 'JUST_A_KEY')).toBeNull();
  });
});

describe('a key', () => {
  it.each([
    'PASSWORD',
    'DB_PASSWORD',
    'db_passwd',
    'GITHUB_TOKEN',
    'API_KEY',
    'AWS_SECRET_ACCESS_KEY',
    'CLIENT_SECRET',
  ])('%s sounds secret', (key) => expect(soundsSecret(key)).toBe(true));
  it.each(['PATH', 'KEYBOARD', 'SSH_KEYSCAN', 'TOKENIZER', 'PASSENGER', 'HOST', ''])('%j does not', (key) => {
    expect(soundsSecret(key)).toBe(false);
  });
});
