import { describe, expect, it } from '@jest/globals';
import { changesBetween, fieldOfPath, meet } from '../../../src/ui/editor/script-changes.js';
import { EMPTY_FORM, type ScriptForm } from '../../../src/ui/editor/script-form.js';

const base: ScriptForm = { ...EMPTY_FORM, name: 'Backup', script: 'old', timeLimit: '5 min' };

describe('the changes of a script', () => {
  it('are told in words, in the order of the page', () => {
    const env = [
      { key: 'A', value: '1', secret: false, stored: false },
      { key: 'KEPT', value: '', secret: true, stored: true },
      { key: 'NEW', value: 'hidden', secret: true, stored: true },
    ];
    const after: ScriptForm = { ...base, kind: 'node/vm2', env, timeLimit: '', confirm: true };
    expect(changesBetween(base, after)).toEqual([
      { field: 'kind', before: 'Bash, on the server', after: 'Node, in a sandbox' },
      { field: 'env', before: '', after: 'A=1\nKEPT: secret\nNEW: secret, new value' },
      { field: 'timeLimit', before: '5 min', after: 'default' },
      { field: 'confirm', before: 'no', after: 'yes' },
    ]);
    expect(changesBetween(base, { ...base })).toEqual([]);
  });
});

describe('two admins who changed the same script', () => {
  it('keep what only one of them changed', () => {
    const mine = { ...base, script: 'mine' };
    const theirs = { ...base, timeLimit: '1 h' };
    expect(meet(base, mine, theirs)).toEqual({
      merged: { ...base, script: 'mine', timeLimit: '1 h' },
      taken: ['timeLimit'],
      contested: [],
    });
  });

  it('contest what both changed, and mine stays until it is decided', () => {
    const mine = { ...base, script: 'mine', name: 'Mine' };
    const theirs = { ...base, script: 'theirs', description: 'new' };
    expect(meet(base, mine, theirs)).toEqual({
      merged: { ...mine, description: 'new' },
      taken: ['description'],
      contested: ['script'],
    });
  });

  it('agree where both did the same', () => {
    const same = { ...base, script: 'same', env: [{ key: 'A', value: '1', secret: false, stored: false }] };
    expect(meet(base, same, { ...same, env: [...same.env] })).toEqual({ merged: same, taken: [], contested: [] });
  });
});

describe('the field that an issue names', () => {
  it.each([
    ['name', 'name'],
    ['env.0.key', 'env'],
    ['timeoutMs', 'timeLimit'],
    ['type', 'kind'],
    ['runner', 'kind'],
    ['revision', null],
    ['toString', null],
  ])('%s is %s', (path, field) => expect(fieldOfPath(path)).toBe(field));
});
