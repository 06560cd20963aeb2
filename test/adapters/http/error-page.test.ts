import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Api, basic, startApi } from './support/api.js';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const PAGES = ['/', '/admin', '/admin/scripts', '/admin/scripts/runs?status=failed', '/nothing'];

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const get = (path: string, accept: string, authorization?: string, from = api) =>
  from.fetch(path, { headers: { accept, authorization } });

describe('what a browser is answered that is not let in', () => {
  it.each([
    [undefined, 'Sign in with the name and the password of an admin.'],
    [basic('ada', 'wrong'), 'The name or the password is wrong.'],
  ])('is a page that says what is wrong and what to do: %s', async (authorization, said) => {
    for (const path of PAGES) {
      const answer = await get(path, BROWSER, authorization);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        401,
        'text/html; charset=utf-8',
      ]);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Runlet", charset="UTF-8"');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
      const text = await answer.text();
      expect(text).toContain(said);
      expect(text).toContain('ADMIN_PASS');
      expect(text).not.toMatch(/src=|<link|<script|https?:/);
    }
  });

  it('says how long to wait after too many', async () => {
    for (let i = 0; i < 10; i++) await get('/admin/scripts', BROWSER, basic('eve', 'no'));
    const answer = await get('/admin/scripts', BROWSER, basic());
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await answer.text()).toMatch(/<h1>Too many wrong passwords<\/h1>[^]*try again in 60 s\./);
  });

  it.each(['*/*', 'application/json', 'application/json, text/plain, */*', ''])(
    'stays JSON for programs: %j',
    async (accept) => {
      const answer = await get('/admin/scripts', accept, basic('eve', 'no'));
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        401,
        'auth.wrong-credentials',
      ]);
    },
  );

  it('stays JSON at the API, whatever a library accepts by default', async () => {
    const answer = await get('/api/admin/scripts', 'text/html, image/gif, *; q=.2, */*; q=.2', basic('eve', 'no'));
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('does not speak of passwords where the host application signs in', async () => {
    const hosted = await startApi({ authenticate: () => Promise.resolve(null), challenge: null });
    try {
      const answer = await get('/admin/scripts', BROWSER, undefined, hosted);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, null]);
      expect(await answer.text()).not.toMatch(/password/i);
    } finally {
      await hosted.close();
    }
  });

  it('quotes an address as text', async () => {
    const answer = await get('/admin/<img src=x>&nothing', BROWSER, basic());
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain('<img');
  });
});
