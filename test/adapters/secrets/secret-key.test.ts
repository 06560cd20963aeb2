import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { makeSecretKey, parseSecretKey, printSecretKey } from '../../../src/adapters/secrets/secret-key.js';

const bytes = createHash('sha256').update('a key for tests').digest();

describe('a secret key', () => {
  it('is read from base64, base64 for URLs and hex alike', () => {
    const spellings = [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')];
    expect(spellings.map((text) => parseSecretKey(text).bytes)).toEqual([bytes, bytes, bytes]);
    expect(new Set(spellings.map((text) => parseSecretKey(text).id)).size).toBe(1);
  });

  it('is printed as it is read', () => {
    const made = makeSecretKey();
    expect(parseSecretKey(printSecretKey(made))).toEqual(made);
    expect(makeSecretKey().id).not.toBe(made.id);
    expect(made.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ['a password', 'correct horse battery staple'],
    ['16 bytes', bytes.subarray(0, 16).toString('base64')],
    ['33 bytes', Buffer.concat([bytes, bytes.subarray(0, 1)]).toString('base64')],
    ['nothing', ''],
    ['zeros', '0'.repeat(64)],
    ['a word again and again', Buffer.from('secret!?'.repeat(4)).toString('base64')],
  ])('is not %s; the refusal does not repeat it', (_, text) => {
    expect(() => parseSecretKey(text)).toThrow(/openssl rand -base64 32$/);
    if (text !== '') expect(() => parseSecretKey(text)).not.toThrow(text);
  });
});
