import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withDatabase } from '../support/mongo/fresh-mongo-store.js';
import { type ApiClient, RUNS, SCRIPTS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import { type Environment, plainEnvironment, runProgram } from './support/program.js';
import { freshDataDir, PROJECT, startInVain, startServer } from './support/server.js';
import type { ErrorJson, ScriptJson } from './support/wire-types.js';

const secret = (key: string, value?: string) => ({ key, secret: true, ...(value !== undefined && { value }) });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const TOKEN = 'tök/en+"9b4f1c0d-77e2 &\'x';
const KEY = `-----BEGIN KEY-----\n${randomBytes(48).toString('base64')}\n${randomBytes(30).toString('base64')}\n-----END KEY-----\n`;

/** Prints its secrets in every way that a script might. */
const LEAKY = String.raw`
printf 'halves: %s' "${'${'}TOKEN:0:9}"; sleep 0.5; printf '%s\n' "${'${'}TOKEN:9}"
printf 'to stderr: %s' "${'${'}TOKEN:0:5}" >&2; echo in between; sleep 0.1; printf '%s\n' "${'${'}TOKEN:5}" >&2
echo "$KEY"
echo $KEY
for before in '' u us user:; do printf '%s%s' "$before" "$TOKEN" | base64; printf '%s%s' "$before" "$KEY" | base64; done
printf '%s' "$KEY" | base64 -w 64 | tr '+/' '-_'
node -e '
  const { TOKEN, KEY } = process.env;
  for (const secret of [TOKEN, KEY]) {
    console.log(encodeURIComponent(secret), new URLSearchParams({ secret }).toString());
    console.log(JSON.stringify({ secret }), JSON.stringify(JSON.stringify({ secret })));
  }
'
set -x
: "$TOKEN"
set +x
printf '%s' "$TOKEN$KEY" | sha256sum
printf 'the end: %s' "${'${'}TOKEN:0:12}"
`;

/** What must be found nowhere: pieces that no form of a secret is without. */
const NEEDLES = [TOKEN, ...KEY.trim().split('\n')].flatMap((text) => {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((n) =>
    Buffer.concat([Buffer.alloc(n), bytes])
      .toString('base64')
      .slice(4, 16),
  );
  return [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), ...base64];
});

const found = (text: string): string[] => NEEDLES.filter((needle) => text.includes(needle));

await describeOnEachStore('A secret', (store) => {
  /** All that is stored, as text. */
  const everythingStored = async ({ DATA_DIR = '', MONGODB_URI }: Environment): Promise<string> => {
    const names = await readdir(DATA_DIR, { recursive: true });
    const files = names.map((name) => join(DATA_DIR, name));
    const texts = await Promise.all(
      files.map(async (file) => ((await stat(file)).isFile() ? readFile(file, 'latin1') : '')),
    );
    if (MONGODB_URI === undefined) return texts.join('\n');
    const documents = await withDatabase(MONGODB_URI, async (db) => {
      const collections = await db.collections();
      return Promise.all(collections.map((collection) => collection.find().toArray()));
    });
    return texts.join('\n') + JSON.stringify(documents);
  };

  const everythingAnswered = async (api: ApiClient, scriptId: string, runId: string): Promise<string> => {
    const paths = [
      SCRIPTS,
      `${SCRIPTS}?view=summary`,
      `${SCRIPTS}/${scriptId}`,
      RUNS,
      `${RUNS}/${runId}`,
      `${RUNS}/${runId}/stream`,
      `${RUNS}/${runId}/events?since=0&limit=200`,
      `${RUNS}/${runId}/log`,
      `${RUNS}/${runId}/log?stream=stderr`,
      `${RUNS}/${runId}/search?q=e`,
      '/api/admin/audit',
      '/api/admin/system',
    ];
    const answers = await Promise.all(paths.map((path) => api.get(path)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
    return answers.map(({ text }) => text).join('\n');
  };

  it('reaches its script, and is in nothing that is stored, answered or logged', async () => {
    const settings = { ...(await store.fresh()), LOG_LEVEL: 'trace' };
    const server = await startServer(settings);
    const created = await server.api.send<{ item: ScriptJson }>('POST', SCRIPTS, {
      name: 'Leaky',
      type: 'bash',
      script: LEAKY,
      env: [{ key: 'PLAIN', value: 'plain' }, secret('TOKEN', TOKEN), secret('KEY', KEY)],
    });
    const { id, env } = created.body.item;
    expect(env).toEqual([{ key: 'PLAIN', value: 'plain' }, secret('TOKEN'), secret('KEY')]);
    const runId = await server.api.startRun(id);
    const [live, run] = [server.api.get(`${RUNS}/${runId}/stream`), await server.api.ended(runId)];
    const log = await server.api.log(runId);

    expect(log).toContain(sha256(TOKEN + KEY));
    expect(log).toContain('halves: ***\n');
    expect(await server.api.log(runId, '?stream=stdout')).toMatch(/the end: \*{0,3}t?.{0,11}$/u);
    expect(await server.api.log(runId, '?stream=stderr')).toContain('to stderr: ***\n');
    expect(run.outputTail).toContain('halves: ***\n');
    const answered = `${created.text}${(await live).text}${await everythingAnswered(server.api, id, runId)}`;
    expect(found(answered)).toEqual([]);
    expect(found(await everythingStored(settings))).toEqual([]);
    await server.stop();
    expect(found(await everythingStored(settings))).toEqual([]);
    expect(found(server.stdout() + server.stderr())).toEqual([]);
  }, 60_000);

  it('is masked in what a vm2 script prints, throws and ends with', async () => {
    const server = await startServer(await store.fresh());
    const draft = { type: 'node', runner: 'vm2', env: [secret('TOKEN', TOKEN), secret('PIN', '271828')] };
    const script = 'console.log(env.TOKEN); return { [env.TOKEN]: [`is ${env.TOKEN}`, Number(env.PIN)], n: 27 };';
    const ended = await server.api.runToEnd({ ...draft, name: 'Returns', script });
    expect([ended.outputTail, ended.meta.result]).toEqual(['***\n', { '***': ['is ***', '***'], n: 27 }]);
    const thrown = await server.api.runToEnd({ ...draft, name: 'Throws', script: 'throw new Error(env.TOKEN)' });
    expect(thrown.outputTail).toContain('Error: ***');
    expect(found(JSON.stringify([ended, thrown]))).toEqual([]);
    await server.stop();
  }, 40_000);

  it('is kept by an update that gives no value, and is in every revision a ciphertext', async () => {
    const settings = await store.fresh();
    const server = await startServer(settings);
    const { api } = server;
    const { id } = await api.createScript({
      script: 'printf %s "$TOKEN" | sha256sum',
      env: [secret('TOKEN', TOKEN), { key: 'OTHER', value: 'x' }],
    });
    const whole = await api.script(id);
    await api.editScript(id, { ...whole, description: 'sent back as it came' });
    await api.editScript(id, { env: [{ key: 'OTHER', value: 'y' }, secret('TOKEN')] });
    await api.editScript(id, { name: 'Without its env' });
    expect((await api.script(id)).env).toEqual([{ key: 'OTHER', value: 'y' }, secret('TOKEN')]);
    expect((await api.ended(await api.startRun(id))).outputTail).toContain(sha256(TOKEN));
    await api.editScript(id, { env: [secret('TOKEN', 'another value')] });
    expect((await api.ended(await api.startRun(id))).outputTail).toContain(sha256('another value'));
    expect((await api.audit(`?entityId=${id}&action=scripts.update`)).map(({ changes }) => changes)).toEqual([
      ['env'],
      ['name', 'codeIdentifier'].slice(0, 1),
      ['env'],
      ['description'],
    ]);
    await api.send('DELETE', `${SCRIPTS}/${id}`);
    await server.stop();
    expect(found(await everythingStored(settings))).toEqual([]);
  }, 40_000);

  it('is refused where it could not be kept or would be shown', async () => {
    const server = await startServer(await store.fresh());
    const { api } = server;
    const kept = { script: 'true', env: [secret('TOKEN', TOKEN), { key: 'OPEN', value: 'plain' }] };
    const { id } = await api.createScript(kept);
    const wrong: [object, string, RegExp][] = [
      [{ env: [{ key: 'X', value: '' }, secret('TOKEN', 'abc')] }, 'env.1.value', /at least 4 characters/],
      [{ env: [secret('TOKEN', '  abc\n')] }, 'env.0.value', /at least 4 characters/],
      [{ env: [secret('RENAMED')] }, 'env.0.value', /there is no secret RENAMED/],
      [{ env: [secret('OPEN')] }, 'env.0.value', /there is no secret OPEN/],
      [{ env: [{ key: 'TOKEN', secret: false }] }, 'env.0.value', /is missing/],
      [{ env: [{ key: 'TOKEN' }] }, 'env.0.value', /is missing/],
      [{ env: [secret('TOKEN', 'a\0bcdef')] }, 'env.0.value', /NUL/],
      [{ env: [secret('TOKEN', 'x'.repeat(40_000))] }, 'env.0.value', /32768 bytes/],
      [{ env: ['A', 'B', 'C'].map((key) => secret(key, 'x'.repeat(30_000))) }, 'env', /65536 bytes of secrets/],
      [{ type: 'browser', runner: 'browser' }, 'env.0.secret', /browser script/],
    ];
    for (const [changes, path, message] of wrong) {
      const { status, body } = await api.send<ErrorJson>('PUT', `${SCRIPTS}/${id}`, changes);
      expect([status, body.code, body.issues?.map((issue) => issue.path)]).toEqual([400, 'script.invalid', [path]]);
      expect(body.issues?.[0]?.message).toMatch(message);
    }
    const draft = { name: 'New', type: 'bash', script: 'true', env: [secret('TOKEN')] };
    expect((await api.send<ErrorJson>('POST', SCRIPTS, draft)).body.issues?.[0]?.path).toBe('env.0.value');
    expect(await api.script(id)).toMatchObject({
      revision: 1,
      env: [secret('TOKEN'), { key: 'OPEN', value: 'plain' }],
    });
    await server.stop();
  }, 40_000);

  describe('and its key', () => {
    const script = { name: 'Keyed', script: 'printf %s "$TOKEN" | sha256sum', env: [secret('TOKEN', TOKEN)] };
    const rotate = async (settings: Environment, ...options: string[]) =>
      runProgram('npm', ['run', '-s', 'rotate-secrets', '--', ...options], {
        cwd: PROJECT,
        env: { ...plainEnvironment(), LOG_LEVEL: 'warn', ...settings },
      });
    const expectToRun = async (settings: Environment, id: string) => {
      const server = await startServer(settings);
      const { api } = server;
      expect((await api.ended(await api.startRun(id))).outputTail).toContain(sha256(TOKEN));
      await server.stop();
    };

    it('do not part: without the key the server does not start, with it all is as before', async () => {
      const settings = await store.fresh();
      const keyFile = join(settings.DATA_DIR ?? '', 'secret-key');
      const server = await startServer(settings);
      const { id } = await server.api.createScript(script);
      await server.stop();
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600);

      await rename(keyFile, `${keyFile}.away`);
      const refused = await startInVain({ ADMIN_PASS: 'a long password', ...settings });
      expect(refused.code).toBe(1);
      expect(refused.complaint).toMatch(
        /^SECRET_KEY: the secret TOKEN of the script "Keyed" cannot be read without the key [0-9a-f]{16}: set SECRET_KEY to it, or put the file secret-key back/,
      );
      expect(refused.complaint).not.toContain('\n');
      const other = await startInVain({ ...settings, SECRET_KEY: randomBytes(32).toString('base64') });
      expect(other.complaint).toMatch(/^SECRET_KEY: the secret TOKEN/);

      const text = (await readFile(`${keyFile}.away`, 'utf8')).trim();
      await expectToRun({ ...settings, SECRET_KEY: text }, id);
      await rename(`${keyFile}.away`, keyFile);
      await expectToRun(settings, id);
    }, 60_000);

    it('are rotated in DATA_DIR, revisions with them, by a stopped server', async () => {
      const settings = await store.fresh();
      const keyFile = join(settings.DATA_DIR ?? '', 'secret-key');
      const server = await startServer(settings);
      const { id } = await server.api.createScript(script);
      await server.api.editScript(id, { name: 'Keyed again' });
      const before = await readFile(keyFile, 'utf8');
      expect((await rotate(settings)).stderr).toMatch(/^DATA_DIR: .* is in use by another server/);
      await server.stop();

      const { code, stdout, stderr } = await rotate(settings);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toBe(`3 values were sealed with the new key in ${keyFile}, those of earlier revisions counted.\n`);
      const after = await readFile(keyFile, 'utf8');
      expect(after).not.toBe(before);
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
      await expectToRun(settings, id);
      await rename(keyFile, `${keyFile}.away`);
      const refused = await startInVain({ ...settings, SECRET_KEY: before.trim() });
      expect(refused.complaint).toMatch(/^SECRET_KEY: the secret TOKEN/);
    }, 60_000);

    it('are rotated with SECRET_KEY, from the file to it and from one to the next', async () => {
      const settings = await store.fresh();
      const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('hex')];
      const server = await startServer(settings);
      const { id } = await server.api.createScript(script);
      await server.stop();
      const moved = await rotate({ ...settings, SECRET_KEY: one });
      expect(moved.stdout).toMatch(/^2 values were sealed with SECRET_KEY.*\n.*secret-key is not needed any more\.\n$/);
      await rename(join(settings.DATA_DIR ?? '', 'secret-key'), join(settings.DATA_DIR ?? '', 'away'));
      const rotated = await rotate({ ...settings, SECRET_KEY: two, SECRET_KEY_OLD: one });
      expect(rotated.stdout).toMatch(/^2 values .*\nSECRET_KEY_OLD is not needed any more\.\n$/);
      await expectToRun({ ...settings, SECRET_KEY: two }, id);
    }, 60_000);

    it('can be given up when the key is lost; the script then waits for a new value', async () => {
      const settings = await store.fresh();
      const server = await startServer(settings);
      const { id } = await server.api.createScript(script);
      await server.stop();
      const lost = { ...settings, SECRET_KEY: randomBytes(32).toString('base64') };
      await rename(join(settings.DATA_DIR ?? '', 'secret-key'), join(settings.DATA_DIR ?? '', 'away'));
      const refused = await rotate(lost);
      expect([refused.code, refused.stdout]).toEqual([
        1,
        expect.stringContaining('TOKEN of the script "Keyed" cannot be'),
      ]);
      expect((await rotate(lost, '--forget-unreadable')).code).toBe(0);

      const again = await startServer(lost);
      const { api } = again;
      const failed = await api.ended(await api.startRun(id));
      expect(failed).toMatchObject({ status: 'failed', startedAt: expect.any(String) });
      expect(failed.meta).toMatchObject({
        reason: 'secret-unreadable',
        message: 'the secret TOKEN cannot be read: its key was lost; give it a new value',
      });
      await api.editScript(id, { env: [secret('TOKEN', TOKEN)] });
      expect((await api.ended(await api.startRun(id))).outputTail).toContain(sha256(TOKEN));
      await again.stop();
    }, 60_000);
  });
});

describe('SECRET_KEY', () => {
  it.each([
    ['a password', { SECRET_KEY: 'correct horse battery staple' }, /^SECRET_KEY: must be 32 bytes in base64 or in hex/],
    ['zeros', { SECRET_KEY: '0'.repeat(64) }, /^SECRET_KEY: is not random enough/],
    ['a short one', { SECRET_KEY_OLD: randomBytes(16).toString('hex') }, /^SECRET_KEY_OLD: must be 32 bytes/],
  ])('is not %s', async (_, settings, complaint) => {
    const refused = await startInVain({ ...(await freshDataDir()), ...settings });
    expect(refused.complaint).toMatch(complaint);
    for (const value of Object.values(settings)) expect(refused.complaint).not.toContain(value);
  });
});
