import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ScriptRun } from '../../../src/domain/run/script-run.js';
import { eventually } from '../../support/eventually.js';
import { exited } from '../../support/scripted-runner.js';
import { type Api, basic, type Item, startApi } from './support/api.js';
import { anAuditEvent } from '../../contracts/samples.js';

const SCRIPTS = '/api/admin/scripts';
const RUNS = '/api/admin/scripts/runs';
const VISIBLE = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n))
  .join('')
  .replace('"', '');
const UNKNOWN = '65f0c0ffee0123456789abcd';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const ended = (runId: string): Promise<ScriptRun> =>
  eventually(async () => {
    const run = await api.world.run(runId);
    expect(run.finishedAt).not.toBeNull();
    return run;
  });

describe('starting a run under an Idempotency-Key', () => {
  const start = (id: string, key: string, json: unknown = {}) =>
    api.call('POST', `${SCRIPTS}/${id}/run`, { json, headers: { 'idempotency-key': key } });

  it('answers the same run again, and says that it did', async () => {
    const { id } = await api.world.createScript();
    const first = await start(id, 'a-key');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
    const second = await start(id, 'a-key');
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(second.json).toEqual(first.json);
    expect((await api.call('GET', RUNS)).json.items).toHaveLength(1);
  });

  it.each([
    ['the quoted form of the draft', '"a-key"', 'a-key'],
    ['escapes in it', '"a\\"b\\\\c"', '"a\\"b\\\\c"'],
    ['255 characters', 'k'.repeat(255), `"${'k'.repeat(255)}"`],
    ['every visible character but the quote', VISIBLE, VISIBLE],
  ])('takes %s', async (_, key, same) => {
    const { id } = await api.world.createScript();
    const first = await start(id, key);
    expect(first.status).toBe(202);
    expect((await start(id, same)).json).toEqual(first.json);
    expect((await start(id, 'other')).json).not.toEqual(first.json);
  });

  it.each([
    ['an empty one', ''],
    ['an empty quoted one', '""'],
    ['256 characters', 'k'.repeat(256)],
    ['a space', 'a key'],
    ['a space in quotes', '"a key"'],
    ['a letter that is not ASCII', 'cl\u00e9'],
    ['an open quote', '"a-key'],
    ['a quote within', 'a"key'],
    ['a foreign escape', '"a\\nkey"'],
    ['parameters', '"a-key";a=1'],
  ])('refuses %s and starts nothing', async (_, key) => {
    const { id } = await api.world.createScript();
    const { status, json } = await start(id, key);
    expect(status).toBe(400);
    expect(json.issues).toEqual([{ path: 'Idempotency-Key', message: expect.stringContaining('1 to 255 visible') }]);
    expect((await api.call('GET', RUNS)).json.items).toEqual([]);
    const trail = (await api.call('GET', '/api/admin/audit?action=scripts.run')).json.items;
    expect(trail).toMatchObject([{ outcome: 'failure', code: 'request.invalid', entity: { id } }]);
  });

  it('refuses a header that is given twice', async () => {
    const { id } = await api.world.createScript();
    const headers = { authorization: basic(), 'idempotency-key': ['a', 'b'] };
    const answered = request(`${api.url}${SCRIPTS}/${id}/run`, { method: 'POST', headers }).end();
    const [response] = (await once(answered, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(400);
  });

  it('answers 422 for another script or another body', async () => {
    const [one, other] = [await api.world.createScript(), await api.world.createScript()];
    await start(one.id, 'a-key');
    for (const refused of [await start(other.id, 'a-key'), await start(one.id, 'a-key', { trigger: 'manual' })]) {
      expect(refused.status).toBe(422);
      expect(refused.json.code).toBe('idempotency.key-reused');
    }
    expect((await api.call('GET', RUNS)).json.items).toHaveLength(1);
  });
});

describe('the place of a run in the queue', () => {
  beforeEach(async () => {
    await api.close();
    api = await startApi({}, { settings: { MAX_CONCURRENT_RUNS: 1 } });
  });
  const start = async (id: string): Promise<string> => (await api.call('POST', `${SCRIPTS}/${id}/run`)).json.runId;
  const shown = async (runId: string) => (await api.call('GET', `${RUNS}/${runId}`)).json.item;
  const placeOf = async (runId: string): Promise<unknown> => ((await shown(runId)).meta as Item).queuePosition;

  it('is told while it waits: 1 is the next, and scripts take turns', async () => {
    const { id } = await api.world.createScript();
    const other = await api.world.createScript();
    const [first, second, third] = [await start(id), await start(id), await start(id)];
    const ofOther = await start(other.id);
    expect(await Promise.all([first, second, ofOther, third].map(placeOf))).toEqual([null, 1, 2, 3]);
    api.world.runner.runs[0]?.end();
    await eventually(async () => expect((await shown(second)).status).toBe('running'));
    expect(await Promise.all([first, second, ofOther, third].map(placeOf))).toEqual([null, null, 1, 2]);
  });

  it('is null once it is canceled, and in the queue of another server', async () => {
    const { id } = await api.world.createScript();
    await start(id);
    const waiting = await start(id);
    const canceled = await api.call('POST', `${RUNS}/${waiting}/cancel`);
    expect(canceled.json.item).toMatchObject({ status: 'canceled', meta: { queuePosition: null } });
    expect(await placeOf(waiting)).toBeNull();
    const elsewhere = { ...(await api.world.run(waiting)), id: UNKNOWN, status: 'queued' as const };
    await api.world.store.runs.insert(elsewhere, anAuditEvent());
    expect(await placeOf(UNKNOWN)).toBeNull();
  });
});

describe('starting a run', () => {
  it.each([
    ['no body', {}, 'api'],
    ['an empty object', { json: {} }, 'api'],
    ['the trigger api', { json: { trigger: 'api' } }, 'api'],
    ['the trigger manual', { json: { trigger: 'manual' } }, 'manual'],
    ['a length of 0 and a type', { headers: { 'content-type': 'text/plain', 'content-length': '0' } }, 'api'],
  ])('answers 202 and the id with %s', async (_, call, trigger) => {
    const { id } = await api.world.createScript();
    const { status, json } = await api.call('POST', `${SCRIPTS}/${id}/run`, call);
    expect(status).toBe(202);
    expect(json).toEqual({ runId: expect.stringMatching(/^[0-9a-f]{24}$/) });
    expect((await api.world.run(json.runId)).trigger).toBe(trigger);
  });

  it('keeps who asked, from where, with what', async () => {
    const { id } = await api.world.createScript();
    const headers = { 'user-agent': `test ${'x'.repeat(1000)}` };
    const { json } = await api.call('POST', `${SCRIPTS}/${id}/run`, { headers });
    const { meta } = await api.world.run(json.runId);
    expect(meta).toMatchObject({ actor: { type: 'admin', name: 'ada' }, address: '127.0.0.1' });
    expect(meta.userAgent).toHaveLength(512);
  });

  it.each([
    ['schedule', { trigger: 'schedule' }, 'trigger', 'only a schedule starts runs as schedule'],
    ['an unknown field', { triger: 'api' }, 'triger', 'is not known; known are: trigger'],
    ['a list', [], 'body', 'must be an object'],
  ])('refuses %s and starts nothing', async (_, json, path, message) => {
    const { id } = await api.world.createScript();
    const answer = await api.call('POST', `${SCRIPTS}/${id}/run`, { json });
    expect(answer.status).toBe(400);
    expect(answer.json.issues).toEqual([{ path, message: expect.stringContaining(message) }]);
    expect((await api.call('GET', RUNS)).json.items).toEqual([]);
  });

  it.each([
    [{ enabled: false }, 'script.disabled', 'denied'],
    [{ type: 'browser', runner: 'browser' }, 'script.not-server-side', 'denied'],
  ] as const)('refuses a script with %j and says so in the trail', async (draft, code, outcome) => {
    const { id } = await api.world.createScript(draft);
    const answer = await api.call('POST', `${SCRIPTS}/${id}/run`);
    expect(answer.status).toBe(409);
    expect(answer.json.code).toBe(code);
    expect((await api.call('GET', RUNS)).json.items).toEqual([]);
    const trail = await api.call('GET', '/api/admin/audit?action=scripts.run');
    expect(trail.json.items).toEqual([expect.objectContaining({ outcome, code })]);
  });

  it('answers 503 with Retry-After when the server is stopping or the queue is full', async () => {
    const { id } = await api.world.createScript();
    api.world.stopping.abort();
    const { status, headers, json } = await api.call('POST', `${SCRIPTS}/${id}/run`);
    expect([status, json.code]).toEqual([503, 'server.stopping']);
    expect(headers.get('retry-after')).toBe('5');
  });
});

describe('a run', () => {
  it('is answered as the contract has it, without what its claim holds', async () => {
    const { runId, script } = await api.world.startRun();
    await api.world.runner.runs[0]!.print('hello\n');
    api.world.runner.runs[0]!.end({ kind: 'exited', exitCode: 0, signal: null, leftovers: [], result: { answer: 42 } });
    const { meta } = await ended(runId);
    const { json, text } = await api.call('GET', `${RUNS}/${runId}`);
    expect(json.item).toMatchObject({
      id: runId,
      _id: runId,
      scriptId: script.id,
      status: 'succeeded',
      trigger: 'api',
      exitCode: 0,
      outputTail: 'hello\n',
      meta: {
        actor: { type: 'admin', name: 'ada' },
        script: { name: 'Rotate', codeIdentifier: 'rotate', type: 'bash', runner: 'host', revision: 1 },
        timeoutMs: 300_000,
        signal: null,
        reason: null,
        message: null,
        durationMs: meta.durationMs,
        output: { bytes: 6, lines: 1, droppedBytes: 0 },
        lastSeq: 3,
        cancel: null,
        leftovers: [],
        result: { answer: 42 },
      },
    });
    expect(text).not.toMatch(/claim|token|owner/);
  });

  it('has nulls for what is not known yet, and no result', async () => {
    const { runId } = await api.world.startRun();
    const { item } = (await api.call('GET', `${RUNS}/${runId}`)).json;
    expect(item).toMatchObject({ status: 'running', finishedAt: null, exitCode: null, outputTail: '' });
    expect(item.startedAt).toEqual(expect.any(String));
    expect(item.meta).not.toHaveProperty('result');
  });

  it('that cannot be read is shown as such', async () => {
    const broken = {
      id: UNKNOWN,
      scriptId: 'old',
      createdAt: new Date(0),
      broken: [{ path: 'status', message: 'must be one of …' }],
    };
    const page = { items: [broken], next: null };
    const shown = await startApi({
      showRun: () => Promise.resolve({ run: broken, queuePosition: null }),
      listRuns: () => Promise.resolve(page),
      summarizeRuns: () => Promise.resolve(page),
    });
    try {
      const { item } = (await shown.call('GET', `${RUNS}/${UNKNOWN}`)).json;
      expect(item).toMatchObject({
        scriptId: 'old',
        status: null,
        meta: null,
        outputTail: null,
        invalid: broken.broken,
      });
      const [listed] = (await shown.call('GET', RUNS)).json.items;
      expect(listed).toMatchObject({ status: null, outputTail: null, invalid: broken.broken });
      const [summary] = (await shown.call('GET', `${RUNS}?view=summary`)).json.items;
      expect(summary).toMatchObject({ status: null, invalid: broken.broken });
      expect(summary).not.toHaveProperty('outputTail');
    } finally {
      await shown.close();
    }
  });

  it('that is unknown is 404 everywhere', async () => {
    for (const path of ['', '/stream', '/events', '/search?q=x', '/log']) {
      expect(await api.call('GET', `${RUNS}/${UNKNOWN}${path}`)).toMatchObject({
        status: 404,
        json: { code: 'run.not-found' },
      });
    }
    expect((await api.call('POST', `${RUNS}/${UNKNOWN}/cancel`)).status).toBe(404);
  });
});

describe('the list of runs', () => {
  it('pages through all of them, the latest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await api.world.startRun()).runId);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { json } = await api.call('GET', `${RUNS}?limit=2${cursor}`);
      expect(json.items.length).toBeLessThanOrEqual(2);
      seen.push(...json.items.map(({ id }) => id));
      cursor = json.nextCursor === undefined ? '' : `&cursor=${json.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(ids);
  });

  it('is filtered by script, status and trigger', async () => {
    const one = await api.world.startRun();
    await api.world.startRun();
    const of = async (query: string) => (await api.call('GET', `${RUNS}?${query}`)).json.items.map(({ id }) => id);
    expect(await of(`scriptId=${one.script.id.toUpperCase()}`)).toEqual([one.runId]);
    expect(await of('status=queued')).toEqual([]);
    expect(await of('status=running')).toHaveLength(2);
    expect(await of('trigger=manual')).toEqual([]);
    expect(await of(`scriptId=${UNKNOWN}`)).toEqual([]);
  });

  it.each([
    ['limit=abc', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=-1', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=1.5', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=0x10', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=9007199254740993', 'limit', 'must be a whole number from 1 to 200'],
    ['cursor=', 'cursor', 'must be a nextCursor as a list gave it'],
    ['limit=0', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=201', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=1&limit=2', 'limit', 'is given twice'],
    ['status[$ne]=x', 'status[$ne]', 'is not known; known are: scriptId, status, trigger, view, limit, cursor'],
    ['status=done', 'status', 'must be one of queued, running, '],
    ['trigger=', 'trigger', 'must be one of manual, schedule, api'],
    ['scriptId=abc', 'scriptId', 'must be an id: 24 hex digits'],
    ['__proto__=x', '__proto__', 'is not known'],
    ['constructor=x', 'constructor', 'is not known'],
    ['cursor=abc', 'cursor', 'must be a nextCursor as a list gave it'],
    ['cursor=', 'cursor', 'must be a nextCursor as a list gave it'],
    [`cursor=${Buffer.from(`2026-01-01T00:00:00.000Z,x`).toString('base64url')}`, 'cursor', 'must be a nextCursor'],
    [`cursor=${Buffer.from(`tomorrow,${UNKNOWN}`).toString('base64url')}`, 'cursor', 'must be a nextCursor'],
    [`cursor=${Buffer.from(`2026-01-01,${UNKNOWN}`).toString('base64url')}`, 'cursor', 'must be a nextCursor'],
  ])('refuses ?%s, naming %s', async (query, path, message) => {
    const { status, json } = await api.call('GET', `${RUNS}?${query}`);
    expect(status).toBe(400);
    expect(json.issues).toEqual([{ path, message: expect.stringContaining(message) }]);
    expect(json.error).toContain(path);
  });
});

describe('canceling a run', () => {
  it('answers 202 while it is being ended and 200 once it is canceled', async () => {
    const { runId } = await api.world.startRun();
    const first = await api.call('POST', `${RUNS}/${runId}/cancel`);
    expect(first.status).toBe(202);
    expect(first.json.item).toMatchObject({ id: runId, meta: { cancel: { by: { type: 'admin', name: 'ada' } } } });
    await ended(runId);
    const again = await api.call('POST', `${RUNS}/${runId}/cancel`, { json: {} });
    expect(again.status).toBe(200);
    expect(again.json.item).toMatchObject({ status: 'canceled' });
  });

  it('answers 409 with the run when it ended otherwise', async () => {
    const { runId } = await api.world.startRun();
    api.world.runner.runs[0]!.end(exited(7));
    await ended(runId);
    const { status, json } = await api.call('POST', `${RUNS}/${runId}/cancel`);
    expect(status).toBe(409);
    expect(json).toMatchObject({ code: 'run.ended', item: { id: runId, status: 'failed', exitCode: 7 } });
  });

  it('takes no fields', async () => {
    const { runId } = await api.world.startRun();
    const { json } = await api.call('POST', `${RUNS}/${runId}/cancel`, { json: { force: true } });
    expect(json.issues).toEqual([{ path: 'force', message: 'is not known; nothing is expected here' }]);
    expect((await api.world.run(runId)).meta.cancel).toBeNull();
    const [item] = (await api.call('GET', '/api/admin/audit?action=scripts.cancel')).json.items;
    expect(item).toMatchObject({ runId, outcome: 'failure', code: 'request.invalid' });
  });
});
