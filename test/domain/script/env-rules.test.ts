import { describe, expect, it } from '@jest/globals';
import { keepSecrets, type SecretEnvEntry } from '../../../src/domain/script/env-entry.js';
import { envIssues } from '../../../src/domain/script/env-rules.js';

const sealed = (key: string, bytes = 6): SecretEnvEntry => ({
  key,
  secret: true,
  sealed: { keyId: 'one', ciphertext: `of ${key}`, bytes },
});
const issues = (...env: Parameters<typeof envIssues>[0]) => envIssues(env).map(({ path }) => path);

describe('the environment of a script', () => {
  it('keeps a secret only where a secret of that name is stored and no value is given', () => {
    const present = [sealed('TOKEN'), { key: 'PLAIN', value: 'x' }];
    const given = [
      { key: 'TOKEN', secret: true },
      { key: 'PLAIN', secret: true },
      { key: 'NEW', secret: true },
    ];
    expect(keepSecrets(given, present)).toEqual([sealed('TOKEN'), given[1], given[2]]);
    const replaced = { key: 'TOKEN', secret: true, value: 'another' };
    const opened = { key: 'TOKEN', secret: false };
    expect(keepSecrets([replaced, opened], present)).toEqual([replaced, opened]);
  });

  it('has secrets of 4 characters at least, white space around them not counted', () => {
    const lengths = ['', 'abc', ' abc\n', 'äöü', '🌍🌍🌍'];
    expect(lengths.map((value) => issues({ key: 'A', secret: true, value }))).toEqual(lengths.map(() => ['0.value']));
    expect(issues({ key: 'A', secret: true, value: 'abcd' }, { key: 'B', secret: true, value: '🌍🌍🌍🌍' })).toEqual(
      [],
    );
    expect(issues({ key: 'A', value: 'abc' }, { key: 'B', secret: false, value: '' })).toEqual([]);
  });

  it('counts what is sealed as what it is unsealed', () => {
    expect(issues(sealed('A', 32_768), sealed('B', 32_768))).toEqual([]);
    expect(issues(sealed('A', 32_768), { key: 'B', secret: true, value: 'x'.repeat(32_768) }, sealed('C', 4))).toEqual([
      '',
    ]);
    expect(issues(sealed('A'), sealed('A'), sealed('RUNLET_X'))).toEqual(['1.key', '2.key']);
  });
});
