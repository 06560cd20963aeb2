import { describe, expect, it } from '@jest/globals';
import { DomainError, type FieldIssue } from '../../../src/domain/errors.js';
import { completeDraft, requireValid, type ScriptDraft } from '../../../src/domain/script/script-rules.js';

const draft = (given: ScriptDraft = {}): ScriptDraft =>
  completeDraft({ name: 'Rotate the cache', type: 'bash', script: 'true', ...given });

const issuesOf = (given: ScriptDraft): readonly FieldIssue[] => {
  try {
    requireValid(draft(given));
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    return (error as DomainError).issues ?? [];
  }
};
const pathsOf = (given: ScriptDraft): string[] => issuesOf(given).map(({ path }) => path);

describe('the rules of a script', () => {
  it('fills in what a draft leaves out', () => {
    expect(requireValid(draft())).toEqual({
      name: 'Rotate the cache',
      codeIdentifier: '',
      description: '',
      type: 'bash',
      runner: 'host',
      script: 'true',
      defaultWorkingDirectory: '',
      env: [],
      timeoutMs: null,
      enabled: true,
      confirm: false,
    });
  });

  it('gives a node script without a runner the host', () => {
    expect(draft({ type: 'node' }).runner).toBe('host');
    expect(draft({ type: 'browser' }).runner).toBe('browser');
  });

  it('trims the name and counts characters, not UTF-16 units', () => {
    expect(draft({ name: '  Rotate  ' }).name).toBe('Rotate');
    expect(pathsOf({ name: '🌍'.repeat(120) })).toEqual([]);
    expect(pathsOf({ name: '🌍'.repeat(121) })).toEqual(['name']);
    expect(pathsOf({ name: '   ' })).toEqual(['name']);
    expect(pathsOf({ name: 'a\tb' })).toEqual(['name']);
  });

  it.each([
    ['script, empty', { script: '' }, 'script'],
    ['script of more than 1 MiB', { script: 'é'.repeat(524_289) }, 'script'],
    ['script with NUL', { script: 'echo \0' }, 'script'],
    ['script with half a surrogate pair', { script: 'echo \ud800' }, 'script'],
    ['relative directory', { defaultWorkingDirectory: 'tmp' }, 'defaultWorkingDirectory'],
    ['directory with NUL', { defaultWorkingDirectory: '/tmp\0' }, 'defaultWorkingDirectory'],
    ['long directory', { defaultWorkingDirectory: `/${'x'.repeat(4096)}` }, 'defaultWorkingDirectory'],
    ['long description', { description: 'x'.repeat(10_001) }, 'description'],
    ['timeout too short', { timeoutMs: 99 }, 'timeoutMs'],
    ['timeout too long', { timeoutMs: 86_400_001 }, 'timeoutMs'],
    ['timeout with a fraction', { timeoutMs: 100.5 }, 'timeoutMs'],
    ['runner that does not fit', { runner: 'vm2' as const }, 'runner'],
    ['long identifier', { codeIdentifier: 'x'.repeat(65) }, 'codeIdentifier'],
    ['env key', { env: [{ key: '1A', value: '' }] }, 'env.0.key'],
    ['env key of ours', { env: [{ key: 'RUNLET_RUN_ID', value: '' }] }, 'env.0.key'],
    ['env value of 200 KiB', { env: [{ key: 'A', value: 'x'.repeat(200 * 1024) }] }, 'env.0.value'],
    ['env value with NUL', { env: [{ key: 'A', value: '\0' }] }, 'env.0.value'],
    ['101 env entries', { env: Array.from({ length: 101 }, (_, i) => ({ key: `A${i}`, value: '' })) }, 'env'],
    [
      'too much env in all',
      { env: Array.from({ length: 9 }, (_, i) => ({ key: `A${i}`, value: 'x'.repeat(32_000) })) },
      'env',
    ],
  ])('refuses: %s', (_, given, path) => {
    expect(pathsOf(given)).toContain(path);
  });

  it('names the key that is given twice', () => {
    const env = [
      { key: 'A', value: '1' },
      { key: 'A', value: '2' },
    ];
    expect(issuesOf({ env })).toEqual([{ path: 'env.1.key', message: 'A is given twice' }]);
  });

  it.each([
    ['UID', 'bash keeps it read-only'],
    ['SHELLOPTS', 'bash keeps it read-only'],
    ['SHLVL', 'the shell sets it'],
    ['_', 'the shell sets it'],
  ])('refuses the variable %s for what a shell starts, and says why', (key, why) => {
    const env = [
      { key: 'A', value: 'x' },
      { key, value: '1000' },
    ];
    const issue = { path: 'env.1.key', message: `must not be ${key}: ${why}, so the script would not get this value` };
    expect(issuesOf({ env })).toEqual([issue]);
    expect(issuesOf({ env: [env[0]!, { key, secret: true, value: '1000' }] })).toEqual([issue]);
    expect(issuesOf({ type: 'node', env })).toEqual([issue]);
    expect(issuesOf({ type: 'node', runner: 'vm2', env })).toEqual([]);
    expect(issuesOf({ type: 'browser', env })).toEqual([]);
  });

  it('accepts the limits themselves', () => {
    const env = Array.from({ length: 7 }, (_, i) => ({ key: `A${i}`, value: 'x'.repeat(32 * 1024) }));
    expect(
      pathsOf({
        script: 'x'.repeat(1024 * 1024),
        description: 'x'.repeat(10_000),
        defaultWorkingDirectory: `/${'x'.repeat(4095)}`,
        timeoutMs: 86_400_000,
        codeIdentifier: 'x'.repeat(64),
        env,
      }),
    ).toEqual([]);
  });

  it('names every field that is wrong, and the first three in its message', () => {
    const wrong = () => requireValid(draft({ name: '', script: '', timeoutMs: 1, defaultWorkingDirectory: 'x' }));
    expect(wrong).toThrow(/^name must not be empty; script must not be empty; .*; and 1 more$/);
  });
});
