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
    await expect(authenticate(basic('ada', 'grün: ünd blau'))).resolves.toMatchObject({ type: 'admin', name: 'ada' });
  });

  it('takes the scheme in any case', async () => {
    const token = Buffer.from('ada:grün: ünd blau').toString('base64');
    await expect(authenticate(asking(`bAsIc   ${token}`))).resolves.toMatchObject({ type: 'admin', name: 'ada' });
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
    await expect(authenticate(basic('bob', 'geheim 🔑'))).resolves.toMatchObject({ type: 'admin', name: 'bob' });
    await expect(authenticate(basic('ada', 'plain'))).resolves.toMatchObject({ type: 'admin', name: 'ada' });
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

/** A line of a users file. @param cost of scrypt */
const line = (name: string, password: string, cost: { logN: number; p?: number }): string => {
  const { logN, p = 1 } = cost;
  const salt = Buffer.from(`salt of ${name}`);
  const digest = scryptSync(password, salt, 32, { N: 2 ** logN, r: 8, p, maxmem: 2 ** 28 });
  const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `${name}:$scrypt$ln=${logN},r=8,p=${p}$${base64(salt)}$${base64(digest)}`;
};

describe('hashes of different costs', () => {
  it('are checked in the same time, known names and unknown ones alike', async () => {
    const file = [
      line('cheap', 'a', { logN: 10 }),
      line('usual', 'b', { logN: 13 }),
      line('costly', 'c', { logN: 15 }),
    ];
    const authenticate = makeBasicAuth({
      admins: [{ name: 'plain', password: 'd' }, ...parseUsersFile(file.join('\n'))],
    });
    const names = ['cheap', 'usual', 'costly', 'plain', 'unknown'];
    const fastest = new Map(names.map((name) => [name, Infinity]));
    for (let round = 0; round < 8; round++) {
      for (const name of names) {
        const begun = performance.now();
        await expect(authenticate(basic(name, `wrong ${round}`))).resolves.toBeNull();
        fastest.set(name, Math.min(fastest.get(name) ?? 0, performance.now() - begun));
      }
    }
    const times = [...fastest.values()];
    // Each of the costs differs from the next by 4 at least; with one hash of its own cost for a name, so would these.
    expect(Math.max(...times) / Math.min(...times)).toBeLessThan(1.6);
    for (const [name, password] of [
      ['cheap', 'a'],
      ['usual', 'b'],
      ['costly', 'c'],
      ['plain', 'd'],
    ] as const)
      await expect(authenticate(basic(name, password))).resolves.toMatchObject({ name });
  }, 60_000);
});

describe('admins that are replaced', () => {
  const adaHash = line('ada', 'first', { logN: 10 });
  const bobHash = line('bob', 'bobs', { logN: 10 });
  const withAdmins = (...lines: string[]) => parseUsersFile(lines.join('\n'));

  it('lose access when they are gone or have another password, the others keep it', async () => {
    const auth = makeBasicAuth({ admins: [{ name: 'eve', password: 'plain' }, ...withAdmins(adaHash, bobHash)] });
    const [ada, bob, eve] = await Promise.all([
      auth(basic('ada', 'first')),
      auth(basic('bob', 'bobs')),
      auth(basic('eve', 'plain')),
    ]);
    const now = [{ name: 'eve', password: 'plain' }, ...withAdmins(line('ada', 'second', { logN: 10 }))];
    expect(auth.replace(now)).toEqual(['ada', 'bob']);
    expect([ada, bob, eve].map((admitted) => admitted?.withdrawn?.aborted)).toEqual([true, true, false]);
    await expect(auth(basic('ada', 'first'))).resolves.toBeNull();
    await expect(auth(basic('bob', 'bobs'))).resolves.toBeNull();
    await expect(auth(basic('ada', 'second'))).resolves.toMatchObject({ name: 'ada' });
    expect((await auth(basic('eve', 'plain')))?.withdrawn?.aborted).toBe(false);
    expect(auth.replace([...now, ...withAdmins(bobHash)])).toEqual([]);
    await expect(auth(basic('bob', 'bobs'))).resolves.toMatchObject({ name: 'bob' });
  });

  it('are not let in by a check that began before', async () => {
    const auth = makeBasicAuth({ admins: withAdmins(line('ada', 'first', { logN: 14 })) });
    const begun = auth(basic('ada', 'first'));
    auth.replace(withAdmins(line('ada', 'second', { logN: 14 })));
    const joined = auth(basic('ada', 'first'));
    await expect(begun).resolves.toBeNull();
    await expect(joined).resolves.toBeNull();
    await expect(auth(basic('ada', 'first'))).resolves.toBeNull();
  });

  it('stay who they are when two of the new ones have the same name', async () => {
    const auth = makeBasicAuth({ admins: withAdmins(adaHash) });
    const ada = await auth(basic('ada', 'first'));
    expect(() =>
      auth.replace([
        { name: 'eve', password: 'a' },
        { name: 'eve', password: 'b' },
      ]),
    ).toThrow('same name');
    expect(ada?.withdrawn?.aborted).toBe(false);
    await expect(auth(basic('ada', 'first'))).resolves.toMatchObject({ name: 'ada' });
  });
});
