import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';
import { focused } from '../support/browser/focus.js';

/** Presses Tab, or Shift+Tab, until what has the focus is called so. */
const tabTo = async (page: Page, name: string | RegExp, { back = false, steps = 60 } = {}): Promise<void> => {
  const fits = (text: string) => (typeof name === 'string' ? text === name : name.test(text));
  const passed: string[] = [];
  for (let i = 0; i < steps; i++) {
    const now = await focused(page);
    if (fits(now)) return;
    passed.push(now);
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
  }
  throw new Error(`Tab does not lead to ${String(name)}, only to: ${passed.join(' | ')}`);
};

describeInBrowser('an admin with a keyboard alone', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  it('creates from an example, edits, saves, runs, watches, cancels another, and finds both in history and trail', async () => {
    const { page, problems } = await console.open('');
    const press = (key: string) => page.keyboard.press(key);

    await page.getByText('No scripts yet').waitFor();
    await tabTo(page, /^Disk and memory check/);
    await press('Enter');
    await page.getByRole('heading', { name: 'New script' }).waitFor();

    await tabTo(page, 'Name');
    await press('Control+A');
    await page.keyboard.type('Slow check');
    const code = page.locator('.cm-content');
    await code.waitFor();
    await code.focus(); // a keyboard reaches it by Tab as well; how many there are before it is not what is tried here
    await press('Control+A');
    await page.keyboard.type('echo first line; echo "second, to the other" >&2; sleep ${PAUSE:-1}; echo last line');
    await press('Control+S');
    await page.waitForURL(/scripts\/[0-9a-f]{24}$/);
    const [script] = await console.server.api.scripts();
    expect(script).toMatchObject({ name: 'Slow check', type: 'bash', runner: 'host' });

    await press('Control+Enter');
    await page.waitForURL(/runs\/[0-9a-f]{24}$/);
    const firstRun = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const log = page.locator('run-log');
    await log.getByText('first line').waitFor();
    await log.getByText('last line').waitFor();
    await page.getByText('Succeeded').first().waitFor();

    await console.server.api.editScript(script?.id ?? '', { env: [{ key: 'PAUSE', value: '600' }] });
    await tabTo(page, /^Run again/);
    await press('Enter');
    await page.waitForURL((url) => /runs\/[0-9a-f]{24}$/.test(url.pathname) && !url.pathname.endsWith(firstRun));
    const secondRun = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await log.getByText('first line').waitFor();
    await tabTo(page, /^Cancel/);
    await press('Enter');
    await page.getByText('Canceled').first().waitFor();
    expect(await console.server.api.runOf(secondRun)).toMatchObject({ status: 'canceled' });

    await tabTo(page, 'Runs', { back: true, steps: 40 });
    await press('Enter');
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    await page.locator(`a[href$="runs/${firstRun}"]`).first().waitFor();
    await page.locator(`a[href$="runs/${secondRun}"]`).first().waitFor();

    await tabTo(page, 'Audit', { back: true, steps: 40 });
    await press('Enter');
    await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Slow check' }).first().waitFor();
    const actions = (await console.server.api.audit()).map(({ action }) => action);
    expect(actions.filter((action) => action === 'scripts.run')).toHaveLength(2);
    expect(actions).toEqual(expect.arrayContaining(['scripts.create', 'scripts.cancel']));
    expect(problems).toEqual([]);
  }, 90_000);
});
