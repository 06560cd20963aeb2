import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeBasicAuth, type BasicAuth } from '../../src/adapters/http/basic-auth.js';
import { hashPassword } from '../../src/adapters/http/password-hash.js';
import { readAdminsWithFile } from '../../src/composition/admins.js';
import { readSettings } from '../../src/composition/settings.js';
import { fingerprintOf, UsersFileWatch } from '../../src/composition/users-file-watch.js';

let folder: string;
let file: string;
let auth: BasicAuth;
let watch: UsersFileWatch;
let logged: { level: string; fields: object }[];
let ada: string;
let bob: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runlet-users-'));
  file = join(folder, 'users');
  [ada, bob] = (await Promise.all(['adas', 'bobs'].map(hashPassword))) as [string, string];
  await writeFile(file, `ada:${ada}\nbob:${bob}\n`);
  const settings = readSettings({ ADMIN_USER: 'eve', ADMIN_PASS: 'eves', ADMIN_USERS_FILE: file });
  const read = await fingerprintOf(file);
  auth = makeBasicAuth({ admins: readAdminsWithFile(settings, file) });
  logged = [];
  const keep = (level: string) => (fields: object) => void logged.push({ level, fields });
  const log = { info: keep('info'), warn: keep('warn'), error: keep('error') };
  watch = new UsersFileWatch({ settings, file, auth, log, read });
});
afterEach(() => rm(folder, { recursive: true }));

const letsIn = async (name: string): Promise<boolean> => {
  const request = new IncomingMessage(new Socket());
  request.headers.authorization = `Basic ${Buffer.from(`${name}:${name}s`).toString('base64')}`;
  return (await auth(request)) !== null;
};
const letIn = async () => {
  const names: string[] = [];
  for (const name of ['ada', 'bob', 'eve']) if (await letsIn(name)) names.push(name);
  return names;
};

describe('a users file that changes', () => {
  it('is read when it was seen twice as it is, not while it is being written', async () => {
    await watch.look();
    expect(logged).toEqual([]);
    await writeFile(file, `ada:${ada}\nbo`);
    await watch.look();
    await writeFile(file, `ada:${ada}\n# bob is gone\n`);
    await watch.look();
    expect(await letIn()).toEqual(['ada', 'bob', 'eve']);
    await watch.look();
    expect(await letIn()).toEqual(['ada', 'eve']);
    expect(logged).toEqual([{ level: 'info', fields: { admins: 2, withdrawn: ['bob'] } }]);
    await watch.look();
    expect(logged).toHaveLength(1);
  });

  it('is read at once when that is asked for', async () => {
    await writeFile(file, `bob:${bob}\n`);
    await watch.readNow();
    expect(await letIn()).toEqual(['bob', 'eve']);
  });

  it('is noticed when another file takes its place with the same time and size', async () => {
    const next = join(folder, 'next');
    await writeFile(next, `ada:${ada}\nbot:${bob}\n`);
    await rename(next, file);
    await watch.look();
    await watch.look();
    expect(await letIn()).toEqual(['ada', 'eve']);
  });

  it.each([
    ['is broken', () => writeFile(file, `ada:${ada}\nbob:hunter2\n`), /line 2/],
    ['names nobody', () => writeFile(file, '# nobody\n'), /names nobody/],
    ['is gone', () => rm(file), /ENOENT/],
    [
      'is a folder',
      () =>
        rm(file)
          .then(() => mkdtemp(file))
          .then((made) => rename(made, file)),
      /EISDIR/,
    ],
    ['has the name of ADMIN_USER', () => writeFile(file, `eve:${ada}\n`), /eve is in ADMIN_USERS_FILE too/],
  ])('changes nothing when it %s, and says so once', async (_, spoil, reason) => {
    await spoil();
    for (let look = 0; look < 4; look++) await watch.look();
    expect(await letIn()).toEqual(['ada', 'bob', 'eve']);
    expect(logged).toEqual([{ level: 'error', fields: { reason: expect.stringMatching(reason) } }]);
    expect(JSON.stringify(logged)).not.toContain('hunter2');
    await rm(file, { recursive: true, force: true });
    await writeFile(file, `bob:${bob}\n`);
    await chmod(file, 0o600);
    for (let look = 0; look < 2; look++) await watch.look();
    expect(await letIn()).toEqual(['bob', 'eve']);
  });
});
