import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { accessibilityProblems } from '../../support/browser/accessibility.js';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';
import { eventually } from '../../support/eventually.js';

const GONE = {
  code: 'store.missing',
  message: '/var/lib/runlet/runlet.db is not there any more; put it back, and Runlet goes on by itself',
  since: '2026-11-30T10:00:00.000Z',
};
const HELD = { code: 'queue.held', message: '3 runs wait for you', since: '2026-11-30T10:00:01.000Z' };
const FROM_LATER = { code: 'disk.on-fire', message: 'the disk burns', since: '2026-11-30T10:00:02.000Z' };

describeInBrowser('the banner of the service’s problems', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
    await console.server.api.createScript({ name: 'Hello', script: 'true' });
  }, 60_000);
  afterAll(() => console.close());

  const banner = (page: Page) => page.locator('problems-banner [role=status]');
  const expectNone = (page: Page) =>
    eventually(async () => expect(await banner(page).textContent()).toMatch(/^\s*$/), { timeoutMs: 12_000 });

  /** A window whose server tells of `problems` beside its own. */
  const openWith = async (path: string, problems: { present: readonly object[] }, options = {}) => {
    const window = await console.open('', options);
    await window.page.route('**/api/admin/system', async (route) => {
      const response = await route.fetch();
      const report = (await response.json()) as { problems: object[] };
      await route.fulfill({ response, json: { ...report, problems: [...report.problems, ...problems.present] } });
    });
    await window.page.goto(console.at(path));
    return window;
  };

  it('says on every screen what is wrong, in the server’s words and in order, and goes when it is over', async () => {
    const problems = { present: [GONE, HELD, FROM_LATER] };
    const { page, problems: errors } = await openWith('', problems);
    for (const path of ['', 'new', 'runs', 'audit']) {
      await page.goto(console.at(path));
      await banner(page).getByText('The store is gone.').waitFor();
      const text = (await banner(page).textContent())?.replace(/\s+/g, ' ') ?? '';
      const told = [
        'The store is gone. /var/lib/runlet/runlet.db is not there any more; put it back, and Runlet goes on by itself. Since ',
        'Queued runs wait for your decision. 3 runs wait for you. Since ',
        'The server has a problem. The disk burns. Since ',
      ];
      expect(told.map((words) => text.includes(words))).toEqual([true, true, true]);
      const places = told.map((words) => text.indexOf(words));
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
    problems.present = [HELD];
    await eventually(async () => expect(await banner(page).textContent()).not.toContain('The store is gone'));
    expect(await banner(page).textContent()).toContain('3 runs wait for you');
    problems.present = [];
    await expectNone(page);
    expect(errors).toEqual([]);
  }, 60_000);

  it('is a polite live region without problems of accessibility, in light and dark, also 360 px wide', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, context } = await openWith(
        'runs',
        { present: [GONE, HELD] },
        { viewport: { width: 360, height: 700 }, colorScheme },
      );
      await banner(page).getByText('The store is gone.').waitFor();
      expect(await banner(page).getAttribute('aria-live')).toBe('polite');
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      await context.close();
    }
  }, 60_000);

  it('asks at once when a request fails because of the server, and the sentence stands there once', async () => {
    const problems = { present: [] as object[] };
    const { page } = await openWith('', problems);
    await page.route('**/run', (route) =>
      route.fulfill({ status: 503, json: { error: GONE.message, code: 'store.unavailable' } }),
    );
    await page.getByRole('button', { name: 'Run Hello' }).waitFor();
    await expectNone(page);
    problems.present = [GONE];
    await page.getByRole('button', { name: 'Run Hello' }).click();
    await banner(page).getByText('The store is gone.').waitFor({ timeout: 5000 });
    await page.evaluate(() => {
      const alert = document.querySelector('app-shell')?.shadowRoot?.querySelector('connection-banner')?.shadowRoot;
      const said: string[] = [];
      Object.assign(window, { said });
      if (alert)
        new MutationObserver(() => said.push(alert.textContent.trim())).observe(alert, {
          childList: true,
          characterData: true,
          subtree: true,
        });
    });
    const failed = page.waitForResponse('**/run');
    await page.getByRole('button', { name: 'Run Hello' }).click();
    await failed;
    await page.waitForResponse('**/api/admin/system');
    expect(await page.evaluate(() => (window as unknown as { said: string[] }).said.join(''))).toBe('');
  }, 60_000);
});
