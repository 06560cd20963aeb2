import { describe, expect, it } from '@jest/globals';
import { EMPTY_FORM, type EnvRow, type ScriptForm } from '../../../src/ui/editor/script-form.js';
import { requestOf, withoutBlankRows } from '../../../src/ui/editor/script-request.js';

const form = (given: Partial<ScriptForm>): ScriptForm => ({ ...EMPTY_FORM, ...given });
const row = (given: Partial<EnvRow>): EnvRow => ({ key: 'K', value: '', secret: false, stored: false, ...given });

describe('what is sent', () => {
  it('names type and runner, and the limit in ms', () => {
    const request = requestOf(
      form({ name: 'Sum', kind: 'node/vm2', script: 'return 1', timeLimit: '5 min', confirm: true }),
    );
    expect(request).toEqual({
      body: {
        name: 'Sum',
        codeIdentifier: '',
        description: '',
        type: 'node',
        runner: 'vm2',
        script: 'return 1',
        defaultWorkingDirectory: '',
        env: [],
        timeoutMs: 300_000,
        enabled: true,
        confirm: true,
      },
    });
  });

  it('has no value for a stored secret that is to be kept', () => {
    const env = [
      row({ key: 'KEPT', secret: true, stored: true }),
      row({ key: 'NEW', secret: true, stored: true, value: 'n' }),
      row({ key: 'FIRST', secret: true, value: 'f' }),
      row({ key: 'EMPTY', secret: true }),
      row({ key: 'PLAIN', value: 'p' }),
    ];
    expect(requestOf(form({ env }))).toHaveProperty('body.env', [
      { key: 'KEPT', secret: true },
      { key: 'NEW', value: 'n', secret: true },
      { key: 'FIRST', value: 'f', secret: true },
      { key: 'EMPTY', value: '', secret: true },
      { key: 'PLAIN', value: 'p' },
    ]);
  });

  it('is nothing while a field has no form that could be sent, and each is named', () => {
    const env = [row({ value: 'x' }), row({ key: 'WAS_SECRET', stored: true })];
    expect(requestOf(form({ kind: '', timeLimit: '5', env }))).toEqual({
      issues: [
        { path: 'env.1.value', message: expect.stringContaining('typed anew') },
        { path: 'type', message: 'must be chosen' },
        { path: 'timeoutMs', message: expect.stringContaining('needs a unit') },
      ],
    });
  });

  it('leaves out rows that hold nothing', () => {
    const env = [row({ key: '' }), row({ key: 'A' }), row({ key: '', value: 'x' }), row({ key: '', stored: true })];
    expect(withoutBlankRows(form({ env })).env).toEqual(env.slice(1));
  });
});
