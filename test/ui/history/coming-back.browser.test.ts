import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';
import { eventually } from '../../support/eventually.js';

const RUNS = 120;

describeInBrowser('coming back with the browser', () => {
  let console: ConsoleUnderTest;
  let many: string;
  beforeAll(async () => {
    console = await startConsole({ MAX_CONCURRENT_RUNS: '1' });
    const { api } = console.server;
    many = (await api.createScript({ name: 'Many', script: 'sleep 300' })).id;
    const runs: string[] = [];
    for (let i = 0; i < RUNS; i++) runs.push(await api.startRun(many));
    for (const id of runs.toReversed()) await api.cancel(id);
    for (let i = 0; i < 40; i++)
      await api.createScript({ name: `Other ${i} ${i % 2 ? 'odd' : 'even'}`, script: 'true' });
  }, 120_000);
  afterAll(() => console.close());

  const top = (page: Page) => page.evaluate(() => Math.round(window.scrollY));

  /** Scrolls to a row, opens what it links to, comes back, and expects the row where it was. */
  const expectReturn = async (page: Page, rows: string, index: number, link: string): Promise<void> => {
    const row = page.locator(rows).nth(index);
    await row.scrollIntoViewIfNeeded();
    await page.evaluate(() => window.scrollBy(0, 33));
    const [before, count, address] = [await top(page), await page.locator(rows).count(), page.url()];
    expect(before).toBeGreaterThan(500);
    await row.locator(link).first().click();
    await page.waitForURL((url) => url.href !== address);
    await eventually(async () => expect(await top(page)).toBe(0));
    await page.goBack();
    await page.waitForURL(address);
    await eventually(async () => expect([await top(page), await page.locator(rows).count()]).toEqual([before, count]));
  };

  it.each([
    ['the runs of all scripts', 'runs?status=canceled', 'run-rows [role=row].run', '.status a'],
    ['the runs of a script', '{many}/runs?status=canceled', 'run-rows [role=row].run', '.status a'],
    ['the trail', 'audit?action=scripts.cancel', 'audit-rows [role=row].item', 'a'],
  ])('finds %s as it was: filter, pages and place', async (_, path, rows, link) => {
    const { page, problems } = await console.open(path.replace('{many}', many));
    for (let pages = 2; pages <= 3; pages++) {
      await page.getByRole('button', { name: 'Show more' }).click();
      await eventually(async () => expect(await page.locator(rows).count()).toBe(Math.min(RUNS, pages * 50)));
    }
    await expectReturn(page, rows, 110, link);
    const place = await top(page);
    const expectSame = () =>
      eventually(async () => expect([await top(page), await page.locator(rows).count()]).toEqual([place, RUNS]));
    await page.reload();
    await expectSame();
    await page.goForward();
    await page.waitForURL((url) => !url.href.endsWith(path.replace('{many}', many)));
    await page.reload();
    await page.getByRole('heading', { name: 'Many' }).waitFor();
    await page.goBack();
    await expectSame();
    await page.goto(console.at('new'));
    await page.goto(console.at(path.replace('{many}', many)));
    await page.locator(rows).first().waitFor();
    expect([await top(page), await page.locator(rows).count()]).toEqual([0, 50]);
    expect(problems).toEqual([]);
  });

  it('finds the list of scripts as it was', async () => {
    const { page } = await console.open('');
    await page.getByLabel('Filter scripts').fill('odd');
    await page.waitForFunction(() => location.search === '?text=odd');
    await expectReturn(page, 'script-rows li', 18, '.name a');
    expect(await page.getByLabel('Filter scripts').inputValue()).toBe('odd');
    const place = await top(page);
    await page.reload();
    await eventually(async () => expect(await top(page)).toBe(place));
  });

  it('shows in what it kept what has changed meanwhile', async () => {
    const { api } = console.server;
    const waiting = await api.startRun(many);
    const { page } = await console.open(`runs?script=${many}`);
    await page.getByRole('button', { name: 'Show more' }).click();
    await eventually(async () => expect(await page.locator('run-rows [role=row].run').count()).toBe(100));
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.waitForURL('**/audit');
    await api.cancel(waiting);
    await api.ended(waiting);
    await page.goBack();
    await page.getByRole('link', { name: /^(Running|Queued)/ }).waitFor({ state: 'detached' });
    await eventually(async () => expect(await page.locator('run-rows [role=row].run').count()).toBe(100));
  });
});
