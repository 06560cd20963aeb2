import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TOKENS } from '../../../src/composition/container.js';
import { type Api, startApi } from './support/api.js';

describe('a problem of the service', () => {
  let api: Api;

  beforeEach(async () => {
    api = await startApi();
  });

  afterEach(() => api.close());

  const problems = () => api.world.container.resolve(TOKENS.problems);
  const anonymously = { headers: { authorization: undefined } };

  it('that keeps it from its work makes /healthz answer 503 with its code, and no word more to who has not signed in', async () => {
    problems().raise('store.missing', 'the file /var/lib/runlet/runlet.db is gone; put it back');
    const { status, headers, json } = await api.call('GET', '/healthz', anonymously);
    expect([status, headers.get('retry-after'), json]).toEqual([
      503,
      '5',
      { status: 'unavailable', problems: ['store.missing'] },
    ]);
    problems().clear('store.missing');
    expect((await api.call('GET', '/healthz', anonymously)).json).toEqual({ status: 'ok' });
  });

  it('that an admin has to decide leaves it healthy', async () => {
    problems().raise('queue.held', '3 runs wait for an admin');
    expect((await api.call('GET', '/healthz', anonymously)).status).toBe(200);
  });

  it('is told in words to admins', async () => {
    const before = new Date().toISOString();
    problems().raise('store.missing', 'the file is gone; put it back');
    problems().raise('queue.held', '3 runs wait for an admin');
    const { json } = await api.call('GET', '/api/admin/system');
    const told = (json as unknown as { problems: { code: string; message: string; since: string }[] }).problems;
    expect(told.map(({ code, message }) => [code, message])).toEqual([
      ['store.missing', 'the file is gone; put it back'],
      ['queue.held', '3 runs wait for an admin'],
    ]);
    for (const { since } of told) expect(since >= before && since <= new Date().toISOString()).toBe(true);
  });
});
