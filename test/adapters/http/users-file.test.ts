import { describe, expect, it } from '@jest/globals';
import { hashPassword, matchesPassword, parsePasswordHash } from '../../../src/adapters/http/password-hash.js';
import { parseUsersFile } from '../../../src/adapters/http/users-file.js';

const HASH =
  '$scrypt$ln=14,r=8,p=5$AAECAwQFBgcICQoLDA0ODw$' + Buffer.alloc(32, 1).toString('base64').replace(/=+$/, '');

describe('the users file', () => {
  it('reads a name and a hash a line, and skips comments and empty lines', () => {
    const admins = parseUsersFile(`# who may\r\n\nada:${HASH}\r\n  bob : ${HASH}\n`);
    expect(admins.map(({ name }) => name)).toEqual(['ada', 'bob']);
    expect(admins[0]?.passwordHash).toMatchObject({ logN: 14, r: 8, p: 5 });
  });

  it.each([
    ['line 2: write name:scrypt-hash', `ada:${HASH}\nnonsense`],
    ['line 1: write name:scrypt-hash', `:${HASH}`],
    ['line 1: what follows the name is no scrypt hash', 'ada:hunter2'],
    ['line 1: what follows the name is no scrypt hash', `ada:${HASH.replace('ln=14', 'ln=30')}`],
    ['line 3: the name is on an earlier line too', `ada:${HASH}\n\nada:${HASH}`],
    ['line 1: the name must not hold control characters', `a\u0007da:${HASH}`],
  ])('says %s', (message, text) => {
    expect(() => parseUsersFile(text)).toThrow(message);
  });

  it('never repeats what stands in a bad line', () => {
    expect(() => parseUsersFile('ada:hunter2')).not.toThrow(/hunter2/);
  });
});

describe('a password hash', () => {
  it('matches its password and no other, and differs each time', async () => {
    const [one, two] = await Promise.all([hashPassword('a b'), hashPassword('a b')]);
    expect(one).not.toBe(two);
    const hash = parsePasswordHash(one);
    await expect(matchesPassword('a b', hash!)).resolves.toBe(true);
    await expect(matchesPassword('a b ', hash!)).resolves.toBe(false);
  });
});
