import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

describeInBrowser('the shell of the console', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  it('switches screens without a reload, back and forth, and reloads into each', async () => {
    const { page, problems, requested } = await console.open('');
    await page.getByRole('heading', { name: 'Scripts' }).waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('heading', { name: 'Audit' }).waitFor();
    expect([page.url(), await page.title()]).toEqual([console.at('audit'), 'Audit · Runlet']);
    await page.goBack();
    await page.getByRole('heading', { name: 'Scripts' }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { name: 'Audit' }).waitFor();
    const documents = requested.filter((url) => !/\/(assets|api)\//.test(url));
    expect(documents).toEqual([console.at('')]);
    await page.reload();
    await page.getByRole('heading', { name: 'Audit' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('keeps the theme that was chosen', async () => {
    const { page } = await console.open('');
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    expect(await background()).toBe('dark');
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(await background()).toBe('dark');
  });
});
