import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

/** Every key that types something. */
const CHARACTERS = String.fromCharCode(...Array.from({ length: 0x7f - 0x21 }, (_, i) => 0x21 + i));

describeInBrowser('keys of the console', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  const actions = async () => (await console.server.api.audit()).map(({ action }) => action);

  /** Each character by itself at what has the focus, so that the search box takes none of those after `/`. */
  const typeAll = async (page: Page, focus: () => Promise<void>, characters = CHARACTERS) => {
    for (const character of characters) {
      await focus();
      await page.keyboard.press(character);
      if (await page.getByRole('heading', { name: 'Keyboard shortcuts' }).isVisible())
        await page.keyboard.press('Escape');
    }
  };

  it('start, cancel and delete nothing where text is typed into a page', async () => {
    const { api } = console.server;
    const script = 'echo ready; until [ -e "$HOME/never" ]; do sleep 0.2; done';
    const { id } = await api.createScript({ name: 'Typed at', script });
    const ended = await api.startRun(id);
    await api.cancel(ended);
    await api.ended(ended);
    const live = await api.startRun(id);
    const before = await actions();
    const { page, problems } = await console.open(`runs/${ended}`);
    await page.getByText('Complete', { exact: true }).waitFor();
    await page.getByRole('log').focus();
    await page.keyboard.type('error occurred');
    const log = () => page.getByRole('log').focus();
    await typeAll(page, log);
    await page.goto(console.at(`runs/${live}`));
    await page.getByText('ready', { exact: true }).waitFor();
    await typeAll(page, log);
    await page.goto(console.at(`${id}/runs`));
    await typeAll(page, () => page.locator('run-rows a').first().focus());
    await page.goto(console.at(''));
    await typeAll(page, () => page.getByRole('link', { name: 'Typed at' }).focus(), CHARACTERS.replace('n', ''));
    expect(await actions()).toEqual(before);
    expect((await api.runOf(live)).status).toBe('running');
    expect(problems).toEqual([]);
    await api.cancel(live);
  }, 60_000);

  it('run once however long Ctrl+Enter is held, and leave a link to the browser', async () => {
    const { api } = console.server;
    const { id } = await api.createScript({ name: 'Held', script: 'true' });
    const first = await api.startRun(id);
    await api.ended(first);
    const { page, context } = await console.open(`runs/${first}`);
    await page.getByText('Complete', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Held' }).focus();
    const [tab] = await Promise.all([context.waitForEvent('page'), page.keyboard.press('Control+Enter')]);
    await tab.close();
    await page.getByRole('log').focus();
    await page.keyboard.down('Control');
    await page.keyboard.down('Enter');
    await page.waitForURL((url) => !url.href.includes(first));
    await page.getByText('Complete', { exact: true }).waitFor();
    for (let i = 0; i < 5; i++) await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    await page.keyboard.up('Control');
    await page.reload();
    await page.getByText('Complete', { exact: true }).waitFor();
    expect((await api.runs(`?scriptId=${id}`)).items).toHaveLength(2);
  });

  it('do nothing by themselves once they are switched off, also after a reload', async () => {
    const { page } = await console.open('');
    const filter = page.getByLabel('Filter scripts');
    const heading = page.getByRole('heading', { name: 'Keyboard shortcuts' });
    await filter.waitFor();
    await page.keyboard.press('?');
    await heading.waitFor();
    await page.getByRole('checkbox', { name: 'Single keys do something' }).uncheck();
    await page.keyboard.press('Escape');
    await page.reload();
    await filter.waitFor();
    for (const key of ['?', 'n', '/', 'q']) await page.keyboard.press(key);
    expect(page.url()).toBe(console.at(''));
    expect(await filter.inputValue()).toBe('');
    expect(await heading.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await page.getByRole('checkbox', { name: 'Single keys do something' }).check();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type('held');
    expect(await filter.inputValue()).toBe('held');
  });
});
