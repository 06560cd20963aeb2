import { scryptSync } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { makeBasicAuth } from '../../../src/adapters/http/basic-auth.js';
import { hashPassword } from '../../../src/adapters/http/password-hash.js';
import { parseUsersFile } from '../../../src/adapters/http/users-file.js';

const asking = (authorization?: string): IncomingMessage => {
  const request = new IncomingMessage(new Socket());
  if (authorization !== undefined) request.headers.authorization = authorization;
  return request;
};
const basic = (name: string, password: string): IncomingMessage =>
  asking(`Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`);

describe('basic authentication', () => {
  const authenticate = makeBasicAuth({
    admins: [
      { name: 'ada', password: 'grün: ünd blau' },
      { name: 'bob', password: '' },
    ],
  });

  it('knows an admin by name and password, colons and umlauts included', async () => {
    await expect(authenticate(basic('ada', 'grün: ünd blau'))).resolves.toEqual({ type: 'admin', name: 'ada' });
  });

  it('takes the scheme in any case', async () => {
    const token = Buffer.from('ada:grün: ünd blau').toString('base64');
    await expect(authenticate(asking(`bAsIc   ${token}`))).resolves.toEqual({ type: 'admin', name: 'ada' });
  });

  it.each([
    ['a wrong password', basic('ada', 'grün: ünd blau ')],
    ["another admin's password", basic('ada', '')],
    ['an unknown name', basic('eve', 'grün: ünd blau')],
    ['no header', asking()],
    ['an empty header', asking('')],
    ['another scheme', asking('Bearer YWRhOng=')],
    ['no token', asking('Basic')],
    ['a token that is no base64', asking('Basic !!!!')],
    ['a token without a colon', asking(`Basic ${Buffer.from('ada').toString('base64')}`)],
    ['two tokens', asking('Basic YWRhOng= YWRhOng=')],
  ])('does not know %s', async (_, request) => {
    await expect(authenticate(request)).resolves.toBeNull();
  });

  it('refuses two admins of one name', () => {
    const twins = [
      { name: 'ada', password: 'a' },
      { name: 'ada', password: 'b' },
    ];
    expect(() => makeBasicAuth({ admins: twins })).toThrow('two admins have the same name');
  });
});

describe('basic authentication with hashes', () => {
  const withFile = async () =>
    makeBasicAuth({
      admins: [{ name: 'ada', password: 'plain' }, ...parseUsersFile(`bob:${await hashPassword('geheim 🔑')}\n`)],
    });

  it('knows hashed and plain admins, and neither by the password of the other', async () => {
    const authenticate = await withFile();
    await expect(authenticate(basic('bob', 'geheim 🔑'))).resolves.toEqual({ type: 'admin', name: 'bob' });
    await expect(authenticate(basic('ada', 'plain'))).resolves.toEqual({ type: 'admin', name: 'ada' });
    await expect(authenticate(basic('bob', 'plain'))).resolves.toBeNull();
    await expect(authenticate(basic('ada', 'geheim 🔑'))).resolves.toBeNull();
    await expect(authenticate(basic('eve', 'geheim 🔑'))).resolves.toBeNull();
  });

  it('pays for scrypt once for a password that was right', async () => {
    const authenticate = await withFile();
    const timeOf = async (times: number): Promise<number> => {
      const start = performance.now();
      for (let i = 0; i < times; i++) await authenticate(basic('bob', 'geheim 🔑'));
      return performance.now() - start;
    };
    const first = await timeOf(1);
    expect(await timeOf(100)).toBeLessThan(first);
  });

  it.each(['bob', 'ada', 'eve'])(
    'takes a scrypt to refuse %s, so that the time does not tell whom it knows',
    async (name) => {
      const authenticate = await withFile();
      const start = performance.now();
      await expect(authenticate(basic(name, 'wrong'))).resolves.toBeNull();
      expect(performance.now() - start).toBeGreaterThan(5); // comparing digests takes 0.1 ms
    },
  );

  it('checks the same pair once however many ask at once, and refuses what it cannot get to', async () => {
    const cheap = scryptSync('geheim 🔑', '0123456789ab', 32, { N: 1024, r: 8, p: 1 }).toString('base64').slice(0, -1);
    const line = `bob:$scrypt$ln=10,r=8,p=1$${Buffer.from('0123456789ab').toString('base64')}$${cheap}`;
    const authenticate = makeBasicAuth({ admins: parseUsersFile(line) });
    const same = await Promise.all(Array.from({ length: 500 }, () => authenticate(basic('bob', 'geheim 🔑'))));
    expect(same.every((actor) => actor?.name === 'bob')).toBe(true);

    const guesses = await Promise.allSettled(
      Array.from({ length: 70 }, (_, i) => authenticate(basic('bob', `guess ${i}`))),
    );
    const refused = guesses.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(4); // 2 at once, 64 waiting
    expect((refused[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'auth.busy' });
    await expect(authenticate(basic('bob', 'guess 1'))).resolves.toBeNull();
  });
});
