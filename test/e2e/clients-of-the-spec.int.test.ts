import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiClient, SCRIPTS } from './support/api-client.js';
import { cleanUp, freshDataDir, startServer } from './support/server.js';
import type { ErrorJson } from './support/wire-types.js';

const TOKEN = 'hunter2hunter2';

describe('A page that knows the SPEC only', () => {
  let api: ApiClient;
  beforeAll(async () => {
    api = (await startServer(await freshDataDir())).api;
  }, 30_000);
  afterAll(cleanUp);

  /** Whether the script still gets the secret, without printing it. */
  const hasSecret = async (id: string) => {
    const runId = await api.startRun(id);
    await api.ended(runId);
    return (await api.log(runId)) === 'kept\n';
  };
  const aScript = () =>
    api.createScript({
      script: `[ "\${#TOKEN}" = ${TOKEN.length} ] && echo kept`,
      env: [
        { key: 'TOKEN', value: TOKEN, secret: true },
        { key: 'WORD', value: 'plain' },
      ],
    });

  it.each([
    ['an empty value', { key: 'TOKEN', value: '' }],
    ['no value, still called a secret', { key: 'TOKEN', secret: true }],
    ['an empty value, still called a secret', { key: 'TOKEN', value: '', secret: true }],
  ])('keeps a secret that it saves with %s', async (_, entry) => {
    const { id } = await aScript();
    const saved = await api.editScript(id, { name: 'Edited', env: [entry, { key: 'WORD', value: '' }] });
    expect(saved).toMatchObject({
      env: [
        { key: 'TOKEN', secret: true },
        { key: 'WORD', value: '' },
      ],
    });
    expect(await hasSecret(id)).toBe(true);
  });

  it.each([
    ['another value', { key: 'TOKEN', value: 'plain now' }],
    ['secret: false', { key: 'TOKEN', value: '', secret: false }],
  ])('replaces it by %s', async (_, { key, value, ...secret }) => {
    const { id } = await aScript();
    const { env } = await api.editScript(id, { env: [{ key, value, ...secret }] });
    expect(env).toEqual([{ key, value }]);
    expect(await hasSecret(id)).toBe(false);
  });

  it('keeps no secret of what it says is none', async () => {
    const env = [{ key: 'WORD', value: 'no' }];
    expect(await api.createScript({ script: 'true', env: [{ ...env[0], secret: false }] })).toMatchObject({ env });
  });

  it('is refused an identifier that breaks the rule, with a suggestion, and nothing is saved', async () => {
    const { id } = await aScript();
    const before = await api.scripts();
    for (const [method, path] of [
      ['POST', SCRIPTS],
      ['PUT', `${SCRIPTS}/${id}`],
    ] as const) {
      const draft = { name: 'Named', type: 'bash', script: 'true', codeIdentifier: 'Rotate The Logs' };
      const { status, body } = await api.send<ErrorJson>(method, path, draft);
      expect([status, body.code, body.issues?.map((issue) => issue.path)]).toEqual([
        400,
        'script.invalid',
        ['codeIdentifier'],
      ]);
      expect(body.error).toContain('"rotate-the-logs" would do');
    }
    expect(await api.scripts()).toEqual(before);
    expect(await api.createScript({ name: 'No Name', script: 'true', codeIdentifier: '' })).toMatchObject({
      codeIdentifier: 'no-name',
    });
  });

  it('previews runs from their list, whose view=summary leaves that out', async () => {
    const run = await api.runToEnd({ script: `printf first; printf 'x%.0s' {1..5000}; printf 'wörld\\n'` });
    const outputTail = `${'x'.repeat(4096 - 7)}wörld\n`; // ö takes two bytes
    expect((await api.runs(`?scriptId=${run.scriptId}`)).items).toMatchObject([{ id: run.id, outputTail }]);
    expect(await api.runOf(run.id)).toMatchObject({ outputTail: `first${'x'.repeat(5000)}wörld\n` });
    const [summary] = (await api.runs(`?scriptId=${run.scriptId}&view=summary`)).items;
    expect(summary).toMatchObject({ id: run.id, status: 'succeeded' });
    expect(summary).not.toHaveProperty('outputTail');
    const { status, body } = await api.send<ErrorJson>('GET', `${SCRIPTS}/runs?view=whole`);
    expect([status, body.code, body.issues?.[0]?.path]).toEqual([400, 'request.invalid', 'view']);
  });

  it('reads the log with what Runlet said where it asks for that', async () => {
    const run = await api.runToEnd({ script: 'printf one; sleep 60 >/dev/null 2>&1 & echo err >&2' });
    const said = /^\[runlet\] left running, as the script has ended by itself: sleep \(pid \d+\)\n$/;
    const plain = await api.log(run.id);
    expect(plain).not.toContain('[runlet]');
    const whole = await api.log(run.id, '?system=1&download=1');
    expect(whole.startsWith(plain)).toBe(true);
    expect(whole.slice(plain.length).trimStart()).toMatch(said);
    expect(await api.log(run.id, '?system=1&stream=stderr')).toMatch(/^err\n\[runlet\] left running/);
    expect(await api.log(run.id, '?system=0')).toBe(plain);
    await api.endLeftovers(run.id);
  });
});
