import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PASSWORD, type Server, startServer } from '../e2e/support/server.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';
import { eventually } from '../support/eventually.js';

describeInBrowser('what goes wrong', () => {
  let console: ConsoleUnderTest;
  let server: Server;
  beforeAll(async () => {
    console = await startConsole();
    server = console.server;
    await server.api.createScript({ name: 'Kept', script: 'true' });
  }, 60_000);
  afterAll(() => console.close());

  /** The same server once more, with other settings. */
  const restart = async (settings: Record<string, string> = {}): Promise<void> => {
    await server.stop();
    server = await startServer({ ...console.settings, PORT: new URL(server.url).port, ...settings });
  };
  const banner = (page: Window['page']) => page.locator('connection-banner [role=alert]');
  type Window = Awaited<ReturnType<ConsoleUnderTest['open']>>;

  it('a server that is gone is told of, what was typed stays, and its return is noticed', async () => {
    const { page } = await console.open('');
    await page.getByRole('link', { name: 'Kept' }).waitFor();
    await page.getByLabel('Filter scripts').fill('ke');
    await server.stop();
    await banner(page).getByText('The server cannot be reached').waitFor();
    await page.getByRole('link', { name: 'Kept' }).waitFor();
    expect(await page.getByLabel('Filter scripts').inputValue()).toBe('ke');
    await restart();
    await eventually(async () => expect(await banner(page).textContent()).toMatch(/^\s*$/));
    expect(await page.getByLabel('Filter scripts').inputValue()).toBe('ke');
  });

  it('an expired login is told of, without asking again and again, and is over when it is right again', async () => {
    const { page, requested } = await console.open('');
    await page.getByRole('link', { name: 'Kept' }).waitFor();
    await page.getByLabel('Filter scripts').fill('ke');
    await restart({ ADMIN_PASS: 'another long password' });
    await banner(page).getByText('Your login has expired').waitFor();
    const before = requested.length;
    await restart({ ADMIN_PASS: PASSWORD });
    expect(requested.length).toBe(before);
    await banner(page).getByRole('button', { name: 'Try again' }).click();
    await eventually(async () => expect(await banner(page).textContent()).toMatch(/^\s*$/));
    expect(await page.getByLabel('Filter scripts').inputValue()).toBe('ke');
  });

  it('a script that was deleted meanwhile is said to be gone', async () => {
    const { id } = await server.api.createScript({ name: 'Short-lived', script: 'true' });
    const { page } = await console.open('');
    await page.route(`**/${id}/run`, async (route) => {
      await server.api.send('DELETE', `/api/admin/scripts/${id}`);
      await route.continue();
    });
    await page.getByRole('button', { name: 'Run Short-lived' }).click();
    await page.getByText(/“Short-lived” was not started: /).waitFor();
    await eventually(async () => expect(await page.getByRole('link', { name: 'Short-lived' }).count()).toBe(0));
  });
});
