import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiClient, RUNS, SCRIPTS } from './support/api-client.js';
import { describeOnEachStore } from './support/each-store.js';
import { startServer } from './support/server.js';
import type { ErrorJson, ScriptJson } from './support/wire-types.js';

const hello = { name: 'Say hello', type: 'bash', script: 'echo hello' };
const nobody = '0123456789abcdef01234567';

await describeOnEachStore('Scripts over HTTP', (store) => {
  let api: ApiClient;

  beforeAll(async () => {
    api = (await startServer(await store.fresh())).api;
  }, 30_000);

  describe('are created', () => {
    it('whole, with their defaults', async () => {
      const { status, body } = await api.send<{ item: ScriptJson }>('POST', SCRIPTS, hello);
      expect(status).toBe(201);
      expect(body.item).toEqual({
        ...hello,
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        _id: body.item.id,
        codeIdentifier: 'say-hello',
        description: '',
        runner: 'host',
        defaultWorkingDirectory: '',
        env: [],
        timeoutMs: null,
        enabled: true,
        confirm: false,
        revision: 1,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updatedAt: body.item.createdAt,
      });
      expect(await api.script(body.item.id)).toEqual(body.item);
      expect(await api.scripts()).toContainEqual(body.item);
    });

    it('with every field', async () => {
      const fields = {
        name: 'Ünïcode ✓',
        codeIdentifier: 'every_field',
        description: 'Line one\nline two',
        type: 'node',
        runner: 'vm2',
        script: '1 + 1',
        defaultWorkingDirectory: '/tmp',
        env: [{ key: 'GREETING', value: 'good day' }],
        timeoutMs: 1500,
        enabled: false,
        confirm: true,
      };
      expect(await api.createScript(fields)).toMatchObject(fields);
    });

    it('from base64, answered plain', async () => {
      const encoded = Buffer.from('echo "from base64 ✓"').toString('base64');
      const created = await api.createScript({ name: 'Encoded', scriptFormat: 'base64', script: encoded });
      expect(created.script).toBe('echo "from base64 ✓"');
      const again = Buffer.from('echo changed').toString('base64');
      const { script } = await api.editScript(created.id, { scriptFormat: 'base64', script: again });
      expect(script).toBe('echo changed');
      expect(await api.script(created.id)).toMatchObject({ script: 'echo changed', revision: 2 });
    });

    it('under an identifier made from the name, numbered when it is taken', async () => {
      const draft = { name: ' Rotate: the LOGS! ', script: 'true' };
      const identifiers = [];
      for (let i = 0; i < 3; i++) identifiers.push((await api.createScript(draft)).codeIdentifier);
      expect(identifiers).toEqual(['rotate-the-logs', 'rotate-the-logs-2', 'rotate-the-logs-3']);
      expect((await api.createScript({ name: '日本語', script: 'true' })).codeIdentifier).toMatch(
        /^script-[0-9a-f]{6}$/,
      );
    });

    it('not under an identifier that another script has; the answer names that one', async () => {
      await api.createScript({ name: 'The first one', codeIdentifier: 'taken', script: 'true' });
      const before = await api.scripts();
      const { status, body } = await api.send<ErrorJson>('POST', SCRIPTS, { ...hello, codeIdentifier: 'taken' });
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: 'script.identifier-taken', error: expect.stringContaining('The first one') });
      expect(await api.scripts()).toEqual(before);
    });
  });

  describe('are edited', () => {
    it('field by field; others stay', async () => {
      const created = await api.createScript({ ...hello, env: [{ key: 'A', value: '1' }], timeoutMs: 1000 });
      const edited = await api.editScript(created.id, { timeoutMs: null, description: 'new' });
      expect(edited).toEqual({
        ...created,
        timeoutMs: null,
        description: 'new',
        revision: 2,
        updatedAt: edited.updatedAt,
      });
      expect(edited.updatedAt >= created.updatedAt).toBe(true);
      expect(await api.script(created.id)).toEqual(edited);
    });

    it('by sending back the whole document, as the list or a GET answered it', async () => {
      const { id } = await api.createScript({ ...hello, name: 'Round trip' });
      const fromGet = await api.script(id);
      const once = await api.editScript(id, { ...fromGet, script: 'echo edited' });
      expect(once).toMatchObject({ script: 'echo edited', revision: 2, codeIdentifier: fromGet.codeIdentifier });
      const fromList = (await api.scripts()).find((script) => script.id === id);
      expect(fromList).toEqual(once);
      expect(await api.editScript(id, { ...fromList, enabled: false })).toMatchObject({ enabled: false, revision: 3 });
    });

    it('unless somebody saved meanwhile: the answer has what is there now', async () => {
      const { id } = await api.createScript({ ...hello, name: 'Contested' });
      const theirs = await api.editScript(id, { revision: 1, script: 'echo theirs' });
      const { status, body } = await api.send<ErrorJson>('PUT', `${SCRIPTS}/${id}`, {
        revision: 1,
        script: 'echo ours',
      });
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: 'script.revision-conflict', item: theirs });
      expect(await api.script(id)).toEqual(theirs);
    });

    it('to another type only with a runner that fits', async () => {
      const { id } = await api.createScript({ ...hello, name: 'Changes type' });
      const refused = await api.send<ErrorJson>('PUT', `${SCRIPTS}/${id}`, { type: 'browser' });
      expect(refused.status).toBe(400);
      expect(refused.body.issues).toContainEqual({ path: 'runner', message: expect.stringContaining('browser') });
      expect(await api.editScript(id, { type: 'node', runner: 'vm2' })).toMatchObject({ type: 'node', runner: 'vm2' });
    });
  });

  it('are summarized without script and env, with their last run', async () => {
    const { id } = await api.createScript({ ...hello, name: 'Summarized', env: [{ key: 'SECRET', value: 'x' }] });
    const run = await api.ended(await api.startRun(id));
    const { body } = await api.get<{ items: Record<string, unknown>[] }>(`${SCRIPTS}?view=summary`);
    const summary = body.items.find((item) => item.id === id);
    expect(summary).not.toHaveProperty('script');
    expect(summary).not.toHaveProperty('env');
    expect(summary).toMatchObject({
      name: 'Summarized',
      lastRun: { id: run.id, status: 'succeeded' },
      usualDurationMs: run.meta.durationMs,
    });
    expect(summary?.lastRun).not.toHaveProperty('outputTail');
  });

  it('are listed by their last save, newest first', async () => {
    const older = await api.createScript({ ...hello, name: 'Older' });
    const newer = await api.createScript({ ...hello, name: 'Newer' });
    expect((await api.scripts()).slice(0, 2).map(({ id }) => id)).toEqual([newer.id, older.id]);
    await api.editScript(older.id, { description: 'saved last' });
    expect((await api.scripts()).slice(0, 2).map(({ id }) => id)).toEqual([older.id, newer.id]);
  });

  it('are deleted; their finished runs stay readable', async () => {
    const { id } = await api.createScript({ ...hello, name: 'Short-lived' });
    const runId = await api.startRun(id);
    await api.ended(runId);
    expect(await api.send('DELETE', `${SCRIPTS}/${id}`)).toMatchObject({ status: 200, body: { ok: true } });
    expect(await api.get(`${SCRIPTS}/${id}`)).toMatchObject({ status: 404, body: { code: 'script.not-found' } });
    expect(await api.runOf(runId)).toMatchObject({ status: 'succeeded', meta: { script: { name: 'Short-lived' } } });
    expect(await api.log(runId)).toBe('hello\n');
  });

  it('are not deleted while they run', async () => {
    const { id } = await api.createScript({ name: 'In use', script: 'sleep 60' });
    const runId = await api.startRun(id);
    expect(await api.send('DELETE', `${SCRIPTS}/${id}`)).toMatchObject({
      status: 409,
      body: { code: 'script.in-use' },
    });
    expect(await api.script(id)).toMatchObject({ name: 'In use' });
    await api.cancel(runId);
    await api.ended(runId);
    expect(await api.send('DELETE', `${SCRIPTS}/${id}`)).toMatchObject({ status: 200 });
  });

  const JSON_TYPE = { 'content-type': 'application/json' };
  const withField = (field: string, json: string) => `{"name":"Bad","type":"bash","script":"true","${field}":${json}}`;
  const text = (length: number) => JSON.stringify('x'.repeat(length));

  it.each([
    ['a field that nobody knows', withField('colour', '"red"'), 400, 'colour'],
    ['__proto__', withField('__proto__', '{"enabled":false}'), 400, '__proto__'],
    ['constructor', withField('constructor', '{"prototype":{}}'), 400, 'constructor'],
    ['an object where a string belongs', withField('description', '{"$ne":null}'), 400, 'description'],
    ['a list where a string belongs', withField('codeIdentifier', '["a"]'), 400, 'codeIdentifier'],
    ['a string where a number belongs', withField('timeoutMs', '"1000"'), 400, 'timeoutMs'],
    ['a fraction of a ms', withField('timeoutMs', '100.5'), 400, 'timeoutMs'],
    ['a time limit that is too short', withField('timeoutMs', '99'), 400, 'timeoutMs'],
    ['a time limit that is too long', withField('timeoutMs', '86400001'), 400, 'timeoutMs'],
    ['a string where a truth value belongs', withField('enabled', '"no"'), 400, 'enabled'],
    ['a name of spaces', '{"name":"  ","type":"bash","script":"true"}', 400, 'name'],
    ['a name that is too long', `{"name":${text(121)},"type":"bash","script":"true"}`, 400, 'name'],
    ['a name with a line break', '{"name":"a\\nb","type":"bash","script":"true"}', 400, 'name'],
    ['a type that does not exist', '{"name":"Bad","type":"perl","script":"true"}', 400, 'type'],
    ['a runner that does not fit', withField('runner', '"vm2"'), 400, 'runner'],
    ['an empty script', '{"name":"Bad","type":"bash","script":""}', 400, 'script'],
    ['a script over 1 MiB', `{"name":"Bad","type":"bash","script":${text(1024 * 1024 + 1)}}`, 400, 'script'],
    ['a NUL in the script', '{"name":"Bad","type":"bash","script":"echo \\u0000"}', 400, 'NUL'],
    ['a NUL in a variable', withField('env', '[{"key":"A","value":"\\u0000"}]'), 400, 'env.0.value'],
    ['a variable of 200 KiB', withField('env', `[{"key":"A","value":${text(200 * 1024)}}]`), 400, 'env.0.value'],
    ['a variable given twice', withField('env', '[{"key":"A","value":""},{"key":"A","value":""}]'), 400, 'env.1.key'],
    ['a variable that is ours', withField('env', '[{"key":"RUNLET_RUN_ID","value":""}]'), 400, 'env.0.key'],
    ['a variable of the shell', withField('env', '[{"key":"UID","value":"0"}]'), 400, 'env.0.key must not be UID'],
    ['a variable with more than key and value', withField('env', '[{"key":"A","value":"","x":1}]'), 400, 'env.0'],
    ['a relative folder', withField('defaultWorkingDirectory', '"tmp"'), 400, 'defaultWorkingDirectory'],
    ['base64 that is none', withField('scriptFormat', '"base64"').replace('"true"', '"%%%"'), 400, 'script'],
    ['a list', '[]', 400, 'object'],
    ['a text', '"hello"', 400, 'object'],
    ['null', 'null', 400, 'object'],
    ['half of JSON', '{"name": ', 400, 'JSON'],
    ['nothing', '', 400, 'body'],
    ['9 MiB', withField('description', text(9 * 1024 * 1024)), 413, '8 MiB'],
  ])('refuse %s and stay as they were', async (_what, body, status, named) => {
    const before = await api.scripts();
    const answer = await api.request<ErrorJson>('POST', SCRIPTS, { body, headers: JSON_TYPE });
    expect(answer).toMatchObject({ status, body: { error: expect.stringContaining(named), code: expect.any(String) } });
    const edit = await api.request<ErrorJson>('PUT', `${SCRIPTS}/${before[0]?.id ?? ''}`, { body, headers: JSON_TYPE });
    expect(edit).toMatchObject({ status, body: { error: expect.stringContaining(named) } });
    expect(await api.scripts()).toEqual(before);
  });

  it('refuse a new one without a name, a type or a script', async () => {
    const before = await api.scripts();
    for (const field of ['name', 'type', 'script']) {
      const { status, body } = await api.send<ErrorJson>('POST', SCRIPTS, { ...hello, [field]: undefined });
      expect({ status, paths: body.issues?.map(({ path }) => path) }).toEqual({ status: 400, paths: [field] });
    }
    expect(await api.scripts()).toEqual(before);
  });

  it.each([
    ['text/plain', JSON.stringify(hello)],
    ['application/x-www-form-urlencoded', 'name=Bad&type=bash&script=true'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/json; charset=iso-8859-1', JSON.stringify(hello)],
  ])('refuse a body that is %s', async (type, body) => {
    const before = await api.scripts();
    const headers = { 'content-type': type };
    for (const [method, path] of [
      ['POST', SCRIPTS],
      ['PUT', `${SCRIPTS}/${before[0]?.id ?? ''}`],
      ['POST', `${SCRIPTS}/${before[0]?.id ?? ''}/run`],
    ] as const) {
      const answer = await api.request<ErrorJson>(method, path, { body, headers });
      expect(answer).toMatchObject({ status: 415, body: { error: expect.stringContaining('application/json') } });
    }
    expect(await api.scripts()).toEqual(before);
  });

  it.each([
    ['{"trigger":"schedule"}', 'trigger'],
    ['{"trigger":{"$ne":1}}', 'trigger'],
    ['{"env":[]}', 'env'],
    ['[]', 'object'],
  ])('refuse to run for the body %s', async (body, named) => {
    const { id } = await api.createScript(hello);
    const answer = await api.request<ErrorJson>('POST', `${SCRIPTS}/${id}/run`, { body, headers: JSON_TYPE });
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(named) } });
    expect((await api.runs(`?scriptId=${id}`)).items).toEqual([]);
  });

  it.each([
    [`${RUNS}?status[$ne]=x`, 'status[$ne]'],
    [`${RUNS}?status=lost`, 'status'],
    [`${RUNS}?limit=-1`, 'limit'],
    [`${RUNS}?limit=0`, 'limit'],
    [`${RUNS}?limit=201`, 'limit'],
    [`${RUNS}?limit=ten`, 'limit'],
    [`${RUNS}?limit=1&limit=2`, 'limit'],
    [`${RUNS}?limit=`, 'limit'],
    [`${RUNS}?cursor=abc`, 'cursor'],
    [`${RUNS}?cursor=${Buffer.from('{"$gt":""}').toString('base64url')}`, 'cursor'],
    [`${RUNS}?cursor=`, 'cursor'],
    [`${RUNS}?scriptId=1`, 'scriptId'],
    [`${RUNS}?trigger=cron`, 'trigger'],
    [`${RUNS}?page=2`, 'page'],
    [`${RUNS}?__proto__=1`, '__proto__'],
    [`${SCRIPTS}?view=all`, 'view'],
    [`${SCRIPTS}?limit=1`, 'limit'],
    [`${RUNS}/stream?scriptId=1`, 'scriptId'],
    ['/api/admin/audit?action=scripts.steal', 'action'],
    ['/api/admin/audit?from=yesterday', 'from'],
    ['/api/admin/audit?outcome=maybe', 'outcome'],
    ['/api/admin/audit?entityId=x', 'entityId'],
    ['/api/admin/audit?cursor=AAAA', 'cursor'],
  ])('refuse GET %s', async (path, named) => {
    const answer = await api.get<ErrorJson>(path);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(named) } });
  });

  it.each([
    ['GET', `${SCRIPTS}/${nobody}`, 404],
    ['PUT', `${SCRIPTS}/${nobody}`, 404],
    ['DELETE', `${SCRIPTS}/${nobody}`, 404],
    ['POST', `${SCRIPTS}/${nobody}/run`, 404],
    ['GET', `${RUNS}/${nobody}`, 404],
    ['GET', `${RUNS}/${nobody}/stream`, 404],
    ['GET', `${RUNS}/${nobody}/events`, 404],
    ['GET', `${RUNS}/${nobody}/log`, 404],
    ['GET', `${RUNS}/${nobody}/search?q=x`, 404],
    ['POST', `${RUNS}/${nobody}/cancel`, 404],
    ['GET', '/api/admin/nowhere', 404],
    ['PATCH', SCRIPTS, 405],
    ['DELETE', SCRIPTS, 405],
  ])('answer %s %s with %i', async (method, path, status) => {
    const answer = await api.send<ErrorJson>(method, path, method === 'PUT' ? { description: '' } : undefined);
    expect(answer).toMatchObject({ status, body: { error: expect.any(String), code: expect.any(String) } });
  });

  it.each(['1', 'not-an-id', '%00', '..%2F..', `${nobody}0`, '[object Object]'])('know no id %j', async (id) => {
    for (const path of [`${SCRIPTS}/${id}`, `${RUNS}/${id}`, `${RUNS}/${id}/log`]) {
      const { status, body } = await api.get<ErrorJson>(path);
      expect([400, 404]).toContain(status);
      expect(body.error).toEqual(expect.any(String));
    }
    expect((await api.get('/healthz')).status).toBe(200);
  });
});
