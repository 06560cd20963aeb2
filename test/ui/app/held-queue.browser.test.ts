import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { temporaryFolder } from '../../e2e/support/temporary-folder.js';
import { freshDataDir, startServer } from '../../e2e/support/server.js';
import { accessibilityProblems } from '../../support/browser/accessibility.js';
import { describeInBrowser } from '../../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../../support/browser/console.js';
import { eventually } from '../../support/eventually.js';

describeInBrowser('the banner of a held queue', () => {
  const consoles: ConsoleUnderTest[] = [];
  let original: string;
  let held: string[];
  beforeAll(async () => {
    const { DATA_DIR } = await freshDataDir();
    original = DATA_DIR;
    const server = await startServer({ DATA_DIR, MAX_CONCURRENT_RUNS: '1' });
    const running = await server.api.run({ name: 'Runs on', script: 'echo ready; sleep 600' });
    await server.api.printed(running, 'ready');
    const { id } = await server.api.createScript({ name: 'Waits', script: 'echo done' });
    held = [await server.api.startRun(id), await server.api.startRun(id)];
    await server.kill();
  }, 60_000);
  afterAll(async () => {
    for (const each of consoles) await each.close();
  });

  /** The console of a server on a copy. */
  const openCopy = async (options = {}) => {
    const DATA_DIR = join(await temporaryFolder(), 'copy');
    await cp(original, DATA_DIR, { recursive: true });
    const console = await startConsole({ DATA_DIR });
    consoles.push(console);
    const window = await console.open('runs', options);
    await banner(window.page).getByText('2 runs were waiting when this data was copied').waitFor();
    return { ...window, api: console.server.api };
  };
  const banner = (page: Page) => page.locator('problems-banner [role=status]');
  const gone = (page: Page) =>
    eventually(async () => expect(await banner(page).textContent()).toMatch(/^\s*$/), { timeoutMs: 12_000 });
  const statuses = async (api: ConsoleUnderTest['server']['api']) =>
    Promise.all(held.map(async (id) => (await api.runOf(id)).status));

  it('has the runs executed when the admin says so twice, by keyboard alone, and goes', async () => {
    const { page, api, problems } = await openCopy();
    const run = banner(page).getByRole('button', { name: 'Run them…' });
    await run.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Run what is held?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await statuses(api)).toEqual(['queued', 'queued']);
    await run.focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('2 held runs were queued.').waitFor();
    await gone(page);
    for (const id of held) expect(await api.ended(id)).toMatchObject({ status: 'succeeded' });
    expect(problems).toEqual([]);
  }, 60_000);

  it('has the runs canceled, without problems of accessibility and 360 px wide', async () => {
    const { page, api } = await openCopy({ viewport: { width: 360, height: 700 }, colorScheme: 'dark' });
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await banner(page).getByRole('button', { name: 'Cancel them…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep them held' }).click();
    expect(await statuses(api)).toEqual(['queued', 'queued']);
    await banner(page).getByRole('button', { name: 'Cancel them…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the runs' }).click();
    await page.getByText('2 held runs were canceled.').waitFor();
    await gone(page);
    expect(await statuses(api)).toEqual(['canceled', 'canceled']);
  }, 60_000);

  it('says what stands in the way when somebody else has decided', async () => {
    const { page, api } = await openCopy();
    await banner(page).getByRole('button', { name: 'Run them…' }).click();
    await api.send('POST', '/api/admin/system/held-queue', { action: 'cancel' });
    await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('No runs are held').waitFor();
    await gone(page);
    expect(await statuses(api)).toEqual(['canceled', 'canceled']);
  }, 60_000);
});
