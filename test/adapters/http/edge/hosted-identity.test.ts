import { afterEach, describe, expect, it } from '@jest/globals';
import type { Authenticate } from '../../../../src/adapters/http/authenticate.js';
import { hostedIdentity } from '../../../../src/adapters/http/edge/hosted-identity.js';
import { fixedClock } from '../../../../src/adapters/system/fixed-clock.js';
import { systemClock } from '../../../../src/adapters/system/system-clock.js';
import { DomainError } from '../../../../src/domain/errors.js';
import { eventually } from '../../../support/eventually.js';
import { type Api, startApi } from '../support/api.js';

const SCRIPTS = '/api/admin/scripts';

let api: Api;
afterEach(() => api.close());

const hostedBy = async (authenticate: () => unknown, clock = systemClock): Promise<Api> => {
  api = await startApi({ authenticate: hostedIdentity(authenticate as Authenticate, clock), challenge: null });
  return api;
};
const start = (id: string) => api.call('POST', `${SCRIPTS}/${id}/run`, { headers: { authorization: undefined } });
const written = async () => [
  ...(await api.world.store.runs.list({ limit: 10 })).items,
  ...(await api.world.store.audit.list({ limit: 10 })).items.filter(({ action }) => action !== 'scripts.create'),
];

const throwing = (value: unknown) => (): never => {
  throw value as Error;
};

describe('what a host application answers about who sends a request', () => {
  it.each<[string, () => unknown]>([
    ['has no type', () => ({ name: 'ada' })],
    ['has no name', () => ({ type: 'user' })],
    ['has a number as name', () => ({ type: 'user', name: 42 })],
    ['has an empty name', () => ({ type: 'user', name: '' })],
    ['has a blank name', () => ({ type: 'user', name: ' \u2003' })],
    ['has a name of 10 000 characters', () => ({ type: 'user', name: 'a'.repeat(10_000) })],
    ['has a name with a line break', () => ({ type: 'user', name: 'ada\nroot' })],
    ['has a name with a NUL', () => ({ type: 'user', name: 'ada\0' })],
    ['has half a character as name', () => ({ type: 'user', name: '\ud83d' })],
    ['has an unknown type', () => ({ type: 'root', name: 'ada' })],
    ["has Runlet's own type", () => ({ type: 'system', name: 'runlet' })],
    ['has nobody as type', () => ({ type: 'anonymous', name: '' })],
    ['is a name', () => 'ada'],
    ['is true', () => true],
    ['is false', () => false],
    ['is a list', () => [{ type: 'user', name: 'ada' }]],
    ['is a promise of one of those', () => Promise.resolve({ name: 'ada' })],
    [
      'cannot be read',
      () => ({
        type: 'user',
        get name(): string {
          throw new Error('a trap');
        },
      }),
    ],
  ])('is 500 and a line in the log when it %s, and nothing is written', async (_, authenticate) => {
    await hostedBy(authenticate);
    const { id } = await api.world.createScript();
    const { status, json, text } = await start(id);
    expect([status, json.code]).toEqual([500, 'internal']);
    expect(text).not.toContain('ada');
    expect(api.logged.map(({ level, message }) => [level, message])).toEqual([['error', 'a request failed']]);
    expect(await written()).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['throws a text', throwing('no database')],
    ['throws nothing', throwing(undefined)],
    ['rejects', () => Promise.reject(new TypeError('x is not a function'))],
  ])('is the same when it %s', async (_, authenticate) => {
    await hostedBy(authenticate);
    const { id } = await api.world.createScript();
    expect((await start(id)).status).toBe(500);
    expect(api.logged).toHaveLength(1);
    expect(await written()).toEqual([]);
  });

  it('is what a DomainError of it says', async () => {
    await hostedBy(() => Promise.reject(new DomainError('store.unavailable', 'the users are away')));
    expect((await start('65f0c0ffee0123456789abcd')).status).toBe(503);
  });

  it('is waited for ten seconds', async () => {
    const clock = fixedClock();
    let asked = 0;
    await hostedBy(() => new Promise(() => asked++), clock);
    const { id } = await api.world.createScript();
    const late = start(id);
    await eventually(() => expect(asked).toBe(1));
    await clock.advance(9_999);
    expect(api.logged).toEqual([]);
    await clock.advance(1);
    expect((await late).status).toBe(500);
    expect((api.logged[0]?.fields as { err: Error }).err.message).toContain('within 10 s');
    expect(await written()).toEqual([]);
  });

  it.each([null, undefined])('is nobody when it is %s', async (nobody) => {
    await hostedBy(() => nobody);
    expect((await start('65f0c0ffee0123456789abcd')).status).toBe(401);
    expect(api.logged).toEqual([]);
  });

  it('is taken without what else it holds', async () => {
    await hostedBy(() => ({ type: 'user', name: 'grace@example.com', email: 'x', roles: ['ops'] }));
    const { id } = await api.world.createScript();
    const { status, json } = await start(id);
    expect(status).toBe(202);
    const { item } = (await api.call('GET', `${SCRIPTS}/runs/${json.runId}`)).json;
    expect((item.meta as { actor: object }).actor).toEqual({ type: 'user', name: 'grace@example.com' });
  });
});
