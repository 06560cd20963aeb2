import { afterEach, describe, expect, it } from '@jest/globals';
import { type Draft, dropDraft, hasTypedSecrets, keepDraft, readDraft } from '../../../src/ui/editor/drafts.js';
import { EMPTY_FORM } from '../../../src/ui/editor/script-form.js';

const ID = '65f0c0ffee0123456789abcd';
const row = { key: 'K', value: '', secret: false, stored: false };
const draft: Draft = {
  form: { ...EMPTY_FORM, name: 'Typed', script: 'echo 🌍\n' },
  base: EMPTY_FORM,
  revision: 3,
  at: '2026-01-01T00:00:00.000Z',
};

afterEach(() => localStorage.clear());

describe('a draft', () => {
  it('comes back as it was, for its script alone, until it is dropped', () => {
    expect(readDraft(ID)).toBeNull();
    expect(keepDraft(ID, draft)).toBe(true);
    expect(readDraft(ID)).toEqual(draft);
    expect(readDraft('new')).toBeNull();
    dropDraft(ID);
    expect(readDraft(ID)).toBeNull();
  });

  it('has no values of secrets, nor of what was stored as one', () => {
    const env = [
      { ...row, key: 'PLAIN', value: 'shown' },
      { ...row, key: 'TYPED', value: 'hunter2', secret: true },
      { ...row, key: 'REPLACED', value: 'hunter3', secret: true, stored: true },
      { ...row, key: 'UNCOVERED', value: 'hunter4', stored: true },
    ];
    keepDraft(ID, { ...draft, form: { ...draft.form, env }, base: { ...EMPTY_FORM, env } });
    const stored = JSON.stringify(localStorage);
    expect(stored).not.toContain('hunter');
    expect(readDraft(ID)?.form.env.map(({ key, value }) => [key, value])).toEqual([
      ['PLAIN', 'shown'],
      ['TYPED', ''],
      ['REPLACED', ''],
      ['UNCOVERED', ''],
    ]);
    expect(hasTypedSecrets({ ...EMPTY_FORM, env })).toBe(true);
    expect(hasTypedSecrets({ ...EMPTY_FORM, env: env.slice(0, 1) })).toBe(false);
  });

  it('is none when something else is in its place', () => {
    const good = JSON.parse(JSON.stringify(draft)) as { form: object };
    const spoilt = [
      'no json',
      'null',
      '[]',
      '{}',
      JSON.stringify({ ...good, form: { ...good.form, name: 7 } }),
      JSON.stringify({ ...good, form: { ...good.form, env: [{ key: 'A' }] } }),
      JSON.stringify({ ...good, base: 'x' }),
      JSON.stringify({ ...good, revision: '3' }),
    ];
    for (const text of spoilt) {
      localStorage.setItem(`runlet.draft.${ID}`, text);
      expect(readDraft(ID)).toBeNull();
    }
  });
});
