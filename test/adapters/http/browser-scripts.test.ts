import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fixedClock } from '../../../src/adapters/system/fixed-clock.js';
import { LIMITS } from '../../../src/domain/limits.js';
import type { ScriptFields } from '../../../src/domain/script/script.js';
import { eventually } from '../../support/eventually.js';
import { type Api, basic, PASSWORD, startApi } from './support/api.js';
import { makeBasicAuth } from '../../../src/adapters/http/basic-auth.js';

const SCRIPTS = '/api/admin/scripts';
const BROWSER = { type: 'browser', runner: 'browser', script: 'return 1' } as const;
const clock = fixedClock();

let api: Api;
beforeEach(async () => {
  const admins = ['ada', 'bob'].map((name) => ({ name, password: PASSWORD }));
  api = await startApi({ authenticate: makeBasicAuth({ admins }) }, { clock });
});
afterEach(() => api.close());

const start = async (draft: Partial<ScriptFields> = {}): Promise<string> => {
  const { id } = await api.world.createScript({ ...BROWSER, ...draft });
  const { status, json } = await api.call('POST', `${SCRIPTS}/${id}/browser-runs`);
  expect(status).toBe(201);
  return json.runId;
};
const report = (runId: string, json: object) => api.call('POST', `${SCRIPTS}/runs/${runId}/report`, { json });
const runOf = async (runId: string) => (await api.call('GET', `${SCRIPTS}/runs/${runId}`)).json.item;
const ended = (runId: string) =>
  eventually(async () => {
    const run = await runOf(runId);
    expect(run.finishedAt).not.toBeNull();
    return run;
  });
const stdout = (line: string) => ({ stream: 'stdout', line });

describe('a browser script that is started', () => {
  it('is handed over as the revision of its run, which stands in history and trail as reported by the page', async () => {
    const env = [{ key: 'WHO', value: 'ada' }];
    const script = await api.world.createScript({ ...BROWSER, env, timeoutMs: 5000 });
    const { json } = await api.call('POST', `${SCRIPTS}/${script.id}/browser-runs`);
    expect(json).toEqual({ runId: expect.any(String), script: 'return 1', env, timeoutMs: 5000 });
    await eventually(async () => {
      expect(await runOf(json.runId)).toMatchObject({
        status: 'running',
        trigger: 'manual',
        meta: { reportedBy: 'page', script: { revision: 1, runner: 'browser' } },
      });
    });
    const trail = await api.call('GET', '/api/admin/audit?action=scripts.run');
    expect(trail.json.items).toEqual([expect.objectContaining({ outcome: 'success', runId: json.runId })]);
  });

  it.each([
    [{ type: 'bash', runner: 'host' }, 'script.not-browser'],
    [{ enabled: false }, 'script.disabled'],
  ] as const)('is refused with %j, and the trail says so', async (draft, code) => {
    const { id } = await api.world.createScript({ ...BROWSER, ...draft });
    const answer = await api.call('POST', `${SCRIPTS}/${id}/browser-runs`);
    expect([answer.status, answer.json.code]).toEqual([409, code]);
    expect((await api.call('GET', `${SCRIPTS}/runs`)).json.items).toEqual([]);
    const trail = await api.call('GET', '/api/admin/audit?action=scripts.run');
    expect(trail.json.items).toEqual([expect.objectContaining({ outcome: 'denied', code })]);
  });
});

describe('what a page reports', () => {
  it('is in the log, the events and the run, each part once', async () => {
    const runId = await start();
    const first = { part: 1, pieces: [stdout('one\n'), { stream: 'stderr', line: 'oh\n' }] };
    expect((await report(runId, first)).json).toEqual({ ok: true });
    await report(runId, first);
    await report(runId, { part: 2, droppedBytes: 7, end: { status: 'succeeded', result: { sum: 42 } } });
    expect(await ended(runId)).toMatchObject({
      status: 'succeeded',
      exitCode: 0,
      outputTail: 'one\noh\n',
      meta: { reason: null, result: { sum: 42 }, output: { bytes: 14, lines: 2, droppedBytes: 7 } },
    });
    expect((await api.call('GET', `${SCRIPTS}/runs/${runId}/log?stream=stdout`)).text).toContain('one\n');
    const { json } = await api.call('GET', `${SCRIPTS}/runs/${runId}/search?q=OH`);
    expect(json.items).toEqual([expect.objectContaining({ text: 'oh' })]);
  });

  it('before its turn is refused, naming the part that is awaited, and nothing of it is lost', async () => {
    const runId = await start();
    const [one, two, three] = ['one\n', 'two\n', 'three\n'].map((line, i) => ({ part: i + 1, pieces: [stdout(line)] }));
    const refuses = async (json: object, expected: number): Promise<void> =>
      expect(await report(runId, json)).toMatchObject({
        status: 409,
        json: { code: 'run.report-out-of-order', expected },
      });
    await refuses(three!, 1);
    await refuses({ part: 2 ** 40, end: { status: 'succeeded' } }, 1);
    expect((await report(runId, one!)).status).toBe(200);
    await refuses(three!, 2);
    for (const part of [two!, three!, one!, two!]) expect((await report(runId, part)).status).toBe(200);
    await report(runId, { part: 4, end: { status: 'succeeded' } });
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', outputTail: 'one\ntwo\nthree\n' });
  });

  it.each([
    ['failed', 1, 'exit-code'],
    ['timed_out', null, 'timeout'],
    ['canceled', null, 'canceled'],
  ])('as %s ends the run with the exit code %j and the reason %s', async (status, exitCode, reason) => {
    const runId = await start();
    await report(runId, { part: 1, end: { status, message: 'the page was left' } });
    expect(await ended(runId)).toMatchObject({ status, exitCode, meta: { reason, message: 'the page was left' } });
  });

  it('is kept up to 1 MiB, and counted beyond', async () => {
    const runId = await start();
    await report(runId, { part: 1, pieces: [stdout('ä'.repeat(LIMITS.pageOutputBytes)), stdout('more')] });
    await report(runId, { part: 2, end: { status: 'succeeded' } });
    const bytes = LIMITS.pageOutputBytes * 2 + 4;
    const output = { bytes, lines: 1, droppedBytes: bytes - LIMITS.pageOutputBytes };
    expect(await ended(runId)).toMatchObject({ meta: { output } });
  });

  it.each([
    ['of more than 64 KiB', 'x'.repeat(LIMITS.resultBytes), 'it has 65538 bytes of JSON, and 65536 are the most'],
    ['nested too deep', JSON.parse('['.repeat(80) + ']'.repeat(80)) as unknown, 'it is nested deeper than 64 levels'],
  ])('as a result %s is not kept, and the run says why', async (_, result, why) => {
    const runId = await start();
    await report(runId, { part: 1, end: { status: 'succeeded', result } });
    const run = await ended(runId);
    expect(run).toMatchObject({ status: 'succeeded', meta: { message: `the result is not kept: ${why}` } });
    expect(run.meta).not.toHaveProperty('result');
  });

  it.each([
    ['no part', {}, 'part'],
    ['a status that is no end', { part: 1, end: { status: 'running' } }, 'end.status'],
    ['output of the server', { part: 1, pieces: [{ stream: 'system', line: 'x' }] }, 'pieces.0.stream'],
    ['too many pieces', { part: 1, pieces: Array.from({ length: 1001 }, () => stdout('')) }, 'pieces'],
  ])('is refused with %s', async (_, json, path) => {
    const { status, json: answer } = await report(await start(), json);
    expect([status, answer.issues[0]?.path]).toEqual([400, path]);
  });

  it('is refused for a run that the server executes, another admin started, or that has ended', async () => {
    const { runId: atServer } = await api.world.startRun();
    expect(await report(atServer, { part: 1 })).toMatchObject({ status: 409, json: { code: 'run.not-reported-here' } });
    const runId = await start({ name: 'Mine' });
    const asBob = { json: { part: 1 }, headers: { authorization: basic('bob') } };
    const { json } = await api.call('POST', `${SCRIPTS}/runs/${runId}/report`, asBob);
    expect(json.code).toBe('run.not-reported-here');
    await report(runId, { part: 1, end: { status: 'succeeded' } });
    await ended(runId);
    expect(await report(runId, { part: 2 })).toMatchObject({ status: 409, json: { code: 'run.ended' } });
  });
});

describe('a page', () => {
  it('is told of a cancel by the answer to its next report', async () => {
    const runId = await start();
    await report(runId, { part: 1, pieces: [stdout('begun\n')] });
    expect((await api.call('POST', `${SCRIPTS}/runs/${runId}/cancel`)).status).toBe(202);
    expect(await ended(runId)).toMatchObject({
      status: 'canceled',
      outputTail: 'begun\n',
      meta: { reason: 'canceled' },
    });
    const late = await report(runId, { part: 2, pieces: [stdout('late\n')] });
    expect(late).toMatchObject({ status: 409, json: { code: 'run.ended', item: { status: 'canceled' } } });
  });

  it('that falls silent leaves an interrupted run, one that goes on reporting does not', async () => {
    const [silent, busy] = [
      await start({ name: 'A', timeoutMs: 600_000 }),
      await start({ name: 'B', timeoutMs: 600_000 }),
    ];
    for (const minutes of [1, 2, 3]) {
      await report(busy, { part: minutes });
      await clock.advance(60_000);
    }
    expect(await ended(silent)).toMatchObject({ status: 'failed', exitCode: null, meta: { reason: 'interrupted' } });
    expect((await runOf(busy)).status).toBe('running');
    await report(busy, { part: 4, end: { status: 'succeeded' } });
    await ended(busy);
  });

  it('cannot let a script run on when its time has long been over', async () => {
    const runId = await start({ timeoutMs: 1000 });
    await report(runId, { part: 1, pieces: [stdout('still here\n')] });
    await clock.advance(60_000);
    await report(runId, { part: 2 });
    expect((await runOf(runId)).status).toBe('running');
    await clock.advance(31_000);
    expect(await ended(runId)).toMatchObject({ status: 'failed', meta: { reason: 'interrupted' } });
  });
});

describe('the frame', () => {
  it('may do nothing but run its one program and Workers, and be framed by us', async () => {
    const { status, headers, text } = await api.call('GET', '/admin/scripts/browser-frame');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toMatch(/^<!doctype html>/);
    const policy = headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toEqual(
      expect.arrayContaining([
        'sandbox allow-scripts',
        "default-src 'none'",
        "connect-src 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        'worker-src blob:',
      ]),
    );
    expect(policy.filter((directive) => directive.startsWith('script-src'))).toEqual([
      expect.stringMatching(/^script-src 'sha256-[\w+/]+=*'$/),
    ]);
    expect((await api.fetch('/admin/scripts/browser-frame', { headers: { authorization: undefined } })).status).toBe(
      401,
    );
  });
});
