import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredScript } from '../../../src/domain/script/script.js';
import { type Api, type Item, startApi } from './support/api.js';

const SCRIPTS = '/api/admin/scripts';
const UNKNOWN = '65f0c0ffee0123456789abcd';
const hello = { name: 'Hello', type: 'bash', script: 'echo hello' };

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const create = async (draft: object = {}) =>
  (await api.call('POST', SCRIPTS, { json: { ...hello, ...draft } })).json.item;

describe('creating a script', () => {
  it('answers 201 with the whole script, defaults and both ids', async () => {
    const { status, json } = await api.call('POST', SCRIPTS, { json: hello });
    expect(status).toBe(201);
    expect(json.item).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      _id: json.item.id,
      ...hello,
      codeIdentifier: 'hello',
      description: '',
      runner: 'host',
      defaultWorkingDirectory: '',
      env: [],
      timeoutMs: null,
      enabled: true,
      confirm: false,
      revision: 1,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: json.item.createdAt,
    });
  });

  it('takes a body in base64 and answers it plain', async () => {
    const encoded = Buffer.from('echo "grün 🌍"\n').toString('base64');
    const item = await create({ script: encoded, scriptFormat: 'base64' });
    expect(item.script).toBe('echo "grün 🌍"\n');
    expect(item).not.toHaveProperty('scriptFormat');
  });

  it.each([
    ['no base64', 'echo hello', 'must be base64, as scriptFormat says'],
    ['base64url', '-_-_', 'must be base64, as scriptFormat says'],
    ['cut base64', 'ZWNobw=a', 'must be base64, as scriptFormat says'],
    ['no UTF-8', Buffer.from([0xff, 0xfe]).toString('base64'), 'must be UTF-8 once it is decoded'],
  ])('refuses an encoded body that is %s', async (_, script, message) => {
    const { status, json } = await api.call('POST', SCRIPTS, { json: { ...hello, script, scriptFormat: 'base64' } });
    expect(status).toBe(400);
    expect(json.issues).toEqual([{ path: 'script', message }]);
  });

  it.each([
    [{ name: 'x' }, ['type', 'script'], 'is missing'],
    [{ ...hello, name: 5 }, ['name'], 'must be a string'],
    [{ ...hello, name: { $ne: '' } }, ['name'], 'must be a string'],
    [{ ...hello, type: 'python' }, ['type'], 'must be one of bash, node, browser'],
    [{ ...hello, enabled: 'yes' }, ['enabled'], 'must be true or false'],
    [{ ...hello, confirm: 1 }, ['confirm'], 'must be true or false'],
    [{ ...hello, timeoutMs: '1000' }, ['timeoutMs'], 'must be a number'],
    [{ ...hello, env: {} }, ['env'], 'must be a list'],
    [{ ...hello, env: [{ key: 'A', value: 1 }] }, ['env.0.value'], 'must be a string'],
    [{ ...hello, env: [{ key: 'A', value: '', x: 1 }] }, ['env.0.x'], 'is not known; known are: key, value'],
    [{ ...hello, id: UNKNOWN }, ['id'], 'is not known; known are: name, '],
    [{ ...hello, script: null }, ['script'], 'must be a string'],
  ])('refuses the shape of %j, naming %j', async (json, paths, message) => {
    const answer = await api.call('POST', SCRIPTS, { json });
    expect(answer.status).toBe(400);
    expect(answer.json.code).toBe('request.invalid');
    expect(answer.json.issues.map(({ path }) => path)).toEqual(paths);
    for (const issue of answer.json.issues) expect(issue.message).toContain(message);
    for (const path of paths) expect(answer.json.error).toContain(path);
    expect((await api.call('GET', SCRIPTS)).json.items).toEqual([]);
  });

  it('answers what breaks a rule of the domain in the same form', async () => {
    const { status, json } = await api.call('POST', SCRIPTS, { json: { ...hello, name: '', timeoutMs: 5 } });
    expect(status).toBe(400);
    expect(json.code).toBe('script.invalid');
    expect(json.issues.map(({ path }) => path)).toEqual(['name', 'timeoutMs']);
  });

  it('answers 409 for an identifier that is taken, naming the other script', async () => {
    await create({ codeIdentifier: 'mine' });
    const { status, json } = await api.call('POST', SCRIPTS, { json: { ...hello, codeIdentifier: 'mine' } });
    expect(status).toBe(409);
    expect(json.error).toContain('"Hello"');
    expect(json.issues[0]!.path).toBe('codeIdentifier');
  });
});

describe('reading scripts', () => {
  it('lists all of them whole, the last saved first', async () => {
    const first = await create({ name: 'First' });
    const second = await create({ name: 'Second' });
    await api.call('PUT', `${SCRIPTS}/${first.id}`, { json: { description: 'touched' } });
    const { json } = await api.call('GET', SCRIPTS);
    expect(json.items).toEqual([expect.objectContaining({ name: 'First', description: 'touched' }), second]);
    expect(json).not.toHaveProperty('nextCursor');
  });

  it('summarizes them with their last run', async () => {
    const { runId, script } = await api.world.startRun();
    const { json } = await api.call('GET', `${SCRIPTS}?view=summary`);
    const item = json.items[0]!;
    expect(item).not.toHaveProperty('script');
    expect(item).not.toHaveProperty('env');
    expect(item).toMatchObject({ id: script.id, usualDurationMs: null, lastRun: { id: runId, status: 'running' } });
    expect(item.lastRun).not.toHaveProperty('outputTail');
  });

  it('answers a script by its id, in either case of its digits', async () => {
    const item = await create();
    expect((await api.call('GET', `${SCRIPTS}/${item.id.toUpperCase()}`)).json.item).toEqual(item);
  });

  it('answers 404 for an unknown id and 400 for what is none', async () => {
    expect((await api.call('GET', `${SCRIPTS}/${UNKNOWN}`)).json).toMatchObject({ code: 'script.not-found' });
    for (const id of ['abc', `${UNKNOWN}0`, '%00', '%zz', 'x%2Fy']) {
      const { status, json } = await api.call('GET', `${SCRIPTS}/${id}`);
      expect(status).toBe(400);
      expect(json.issues).toEqual([{ path: 'id', message: 'must be an id: 24 hex digits' }]);
    }
  });

  it('shows a stored document that is no script, with what could be read', async () => {
    const broken: StoredScript = {
      id: UNKNOWN,
      revision: 0,
      createdAt: new Date(0),
      updatedAt: new Date(0),
      broken: [{ path: 'type', message: 'must be one of bash, node, browser' }],
      salvage: { name: 'Old', env: [{ key: 'A', value: 'b' }] },
    };
    const shown = await startApi({
      listScripts: () => oneBatch([broken]),
      getScript: () => Promise.resolve(broken),
      summarizeScripts: () => oneBatch([{ script: broken, activity: { lastRun: null, usualDurationMs: null } }]),
    });
    try {
      const { item } = (await shown.call('GET', `${SCRIPTS}/${UNKNOWN}`)).json;
      expect(item).toMatchObject({ name: 'Old', type: null, script: null, env: [{ key: 'A', value: 'b' }] });
      expect(item.invalid).toEqual(broken.broken);
      expect((await shown.call('GET', SCRIPTS)).json.items).toEqual([item]);
      expect((await shown.call('GET', `${SCRIPTS}?view=summary`)).json.items[0]).toMatchObject({
        invalid: item.invalid,
      });
    } finally {
      await shown.close();
    }
  });
});

describe('changing a script', () => {
  it('changes what is named and leaves the rest', async () => {
    const before = await create({ description: 'old', env: [{ key: 'A', value: '1' }] });
    const { status, json } = await api.call('PUT', `${SCRIPTS}/${before.id}`, { json: { name: 'New' } });
    expect(status).toBe(200);
    expect(json.item).toEqual({ ...before, name: 'New', revision: 2, updatedAt: json.item.updatedAt });
  });

  it('takes back what was answered, from the list with its runs too', async () => {
    const before = await create();
    const summary = (await api.call('GET', `${SCRIPTS}?view=summary`)).json.items[0];
    const edited = { ...summary, ...before, name: 'Edited', invalid: [], scriptFormat: 'string' };
    const { status, json } = await api.call('PUT', `${SCRIPTS}/${before.id}`, { json: edited });
    expect(status).toBe(200);
    expect(json.item).toMatchObject({ name: 'Edited', revision: 2, createdAt: before.createdAt, id: before.id });
  });

  it('answers 409 with the present script to any revision but its own', async () => {
    const before = await create();
    const { item } = (await api.call('PUT', `${SCRIPTS}/${before.id}`, { json: { name: 'A', revision: 1 } })).json;
    for (const revision of [1, 0, 7]) {
      const answer = await api.call('PUT', `${SCRIPTS}/${before.id}`, { json: { name: 'B', revision } });
      expect(answer.status).toBe(409);
      expect(answer.json).toMatchObject({ code: 'script.revision-conflict', item });
    }
    expect((await api.call('GET', `${SCRIPTS}/${before.id}`)).json.item).toEqual(item);
  });

  it.each([
    [{ revision: '1' }, 'revision'],
    [{ revision: 1.5 }, 'revision'],
    [{ revision: -1 }, 'revision'],
    [{ nome: 'x' }, 'nome'],
    [{ name: ['x'] }, 'name'],
    [{ scriptFormat: 'gzip' }, 'scriptFormat'],
  ])('refuses %j, naming %s', async (json, path) => {
    const { id } = await create();
    const answer = await api.call('PUT', `${SCRIPTS}/${id}`, { json });
    expect(answer.status).toBe(400);
    expect(answer.json.issues[0]!.path).toBe(path);
    expect((await api.call('GET', `${SCRIPTS}/${id}`)).json.item.revision).toBe(1);
  });
});

describe('a script that wants to be confirmed', () => {
  it('says so in every form, until it is changed', async () => {
    const { id, confirm } = await create({ confirm: true });
    expect(confirm).toBe(true);
    for (const path of [SCRIPTS, `${SCRIPTS}?view=summary`]) {
      expect((await api.call('GET', path)).json.items).toMatchObject([{ id, confirm: true }]);
    }
    const { json } = await api.call('PUT', `${SCRIPTS}/${id}`, { json: { confirm: false } });
    expect(json.item).toMatchObject({ confirm: false, revision: 2 });
  });

  it('is started all the same: asking is for clients', async () => {
    const { id } = await create({ confirm: true });
    expect((await api.call('POST', `${SCRIPTS}/${id}/run`)).status).toBe(202);
  });
});

describe('deleting a script', () => {
  it('answers ok, then 404', async () => {
    const { id } = await create();
    expect(await api.call('DELETE', `${SCRIPTS}/${id}`)).toMatchObject({ status: 200, json: { ok: true } });
    expect((await api.call('DELETE', `${SCRIPTS}/${id}`)).status).toBe(404);
  });

  it('answers 409 with the script while it runs', async () => {
    const { script } = await api.world.startRun();
    const { status, json } = await api.call('DELETE', `${SCRIPTS}/${script.id}`);
    expect(status).toBe(409);
    expect(json).toMatchObject({ code: 'script.in-use', item: { id: script.id } });
  });
});

describe('the trail of scripts', () => {
  it('has what succeeded and what was refused, with names of fields but no values', async () => {
    const { id } = await create({ script: 'secret-value' });
    await api.call('PUT', `${SCRIPTS}/${id}`, { json: { timeoutMs: 1000 } });
    await api.call('PUT', `${SCRIPTS}/${id}`, { json: { timeoutMs: 1 } });
    await api.call('PUT', `${SCRIPTS}/${id}`, { json: { wrong: 1 } });
    await api.call('POST', SCRIPTS, { body: 'secret-value', headers: { 'content-type': 'text/plain' } });
    await api.call('DELETE', `${SCRIPTS}/${id}`, { headers: { origin: 'https://evil.example' } });
    const { json, text } = await api.call('GET', '/api/admin/audit');
    expect(text).not.toContain('secret-value');
    const seen = json.items.map(({ action, outcome, code, entity }) => [action, outcome, code, (entity as Item).id]);
    expect(seen).toEqual([
      ['scripts.delete', 'denied', 'request.cross-site', id],
      ['scripts.create', 'failure', 'request.media-type', null],
      ['scripts.update', 'failure', 'request.invalid', id],
      ['scripts.update', 'failure', 'script.invalid', id],
      ['scripts.update', 'success', null, id],
      ['scripts.create', 'success', null, id],
    ]);
    expect(json.items[4]?.changes).toEqual(['timeoutMs']);
    for (const { actor } of json.items) expect(actor).toEqual({ type: 'admin', name: 'ada' });
  });
});

async function* oneBatch<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  yield await Promise.resolve(items);
}
