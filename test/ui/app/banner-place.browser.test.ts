import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';
import { focused } from '../../support/browser/focus.js';

const problem = (code: string) => ({ code, message: `something about ${code}`, since: '2026-11-30T10:00:00.000Z' });

describeInBrowser('a banner that comes while somebody reads', () => {
  let console: ConsoleUnderTest;
  let runId: string;
  beforeAll(async () => {
    console = await startConsole();
    runId = await console.server.api.run({ name: 'Long', script: 'seq 1 500' });
    await console.server.api.ended(runId);
  }, 60_000);
  afterAll(() => console.close());

  const openWith = async (path: string, problems: { present: readonly object[] }, width = 1280) => {
    const { page } = await console.open('', { viewport: { width, height: 720 } });
    await page.route('**/api/admin/system', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), problems: problems.present } });
    });
    await page.goto(console.at(path));
    return page;
  };

  /** As when the window gets the focus again. */
  const lookAgain = (page: Page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  const places = (page: Page, selector: string) =>
    page.locator(selector).evaluateAll((elements) =>
      elements.map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return [x, y, width, height];
      }),
    );

  it.each([
    ['a log', () => `runs/${runId}`, '.row, run-log, run-header', '500'],
    ['a list', () => 'runs', 'run-rows [role=row], h1', 'Long'],
  ])('leaves %s where it is, and goes without moving it', async (_, path, selector, text) => {
    for (const width of [1280, 360]) {
      const problems = { present: [] as object[] };
      const page = await openWith(path(), problems, width);
      await page.getByText(text, { exact: true }).locator('visible=true').last().waitFor();
      const before = await places(page, selector);
      expect(before.length).toBeGreaterThan(1);
      problems.present = [problem('store.missing')];
      await lookAgain(page);
      await page.getByText('The store is gone.').waitFor();
      expect(await places(page, selector)).toEqual(before);
      problems.present = [];
      await lookAgain(page);
      await page.getByText('The store is gone.').waitFor({ state: 'detached' });
      expect(await places(page, selector)).toEqual(before);
      await page.context().close();
    }
  });

  it('can be hidden and shown again, and shows what is new', async () => {
    const problems = { present: [problem('store.missing')] };
    const page = await openWith('', problems);
    await page.getByRole('button', { name: 'Hide what is wrong' }).click();
    await page.getByText('The store is gone.').waitFor({ state: 'hidden' });
    expect(await focused(page)).toBe('Show what is wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The store is gone.').waitFor();
    await page.getByRole('button', { name: 'Hide what is wrong' }).click();
    problems.present = [problem('store.missing'), problem('disk.on-fire')];
    await lookAgain(page);
    await page.getByText('something about disk.on-fire', { exact: false }).waitFor();
  });
});
