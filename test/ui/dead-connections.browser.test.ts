import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';
import { PASSWORD } from '../e2e/support/server.js';
import { type Forwarder, startForwarder } from '../support/forwarder.js';

const COUNTS = 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.2; done';
/** The server says something every 15 s at least. */
const NOTICED = { timeoutMs: 45_000 };

describeInBrowser('a way to the server that goes dead', () => {
  let console: ConsoleUnderTest;
  const forwarders: Forwarder[] = [];
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(async () => {
    await Promise.all(forwarders.map((forwarder) => forwarder.close()));
    await console.close();
  });

  /** @param passes what of the server's answers gets through */
  const through = async (passes?: (answer: Buffer) => boolean) => {
    const forwarder = await startForwarder(console.server.url, passes && { passes });
    forwarders.push(forwarder);
    const context = await console.browser.newContext({ httpCredentials: { username: 'admin', password: PASSWORD } });
    const page = await context.newPage();
    page.setDefaultTimeout(NOTICED.timeoutMs);
    return { forwarder, page, open: (path: string) => page.goto(`${forwarder.url}/admin/scripts/${path}`) };
  };
  const word = (page: Page, text: string) => page.getByText(text, { exact: true }).first().waitFor();
  const lastLine = async (page: Page) => Number(/\d+/.exec(await page.locator('.row .text').last().innerText())?.[0]);

  it('does not keep a run live that has ended, and shows what it printed', async () => {
    const { api } = console.server;
    const id = await api.run({ name: 'Counts', script: COUNTS });
    const { forwarder, page, open } = await through();
    await open(`runs/${id}`);
    await word(page, 'Live');
    await word(page, 'line 3');
    forwarder.forget();
    const last = await lastLine(page);
    await eventually(async () => expect(await lastLine(page)).toBeGreaterThan(last + 5), NOTICED);
    await word(page, 'Live');
    forwarder.forget();
    await api.cancel(id);
    await word(page, 'Complete');
    await word(page, 'Canceled');
    const texts = await page.locator('.row .text').allInnerTexts();
    expect(new Set(texts).size).toBe(texts.length);
  }, 120_000);

  it('does not keep a run live in the lists, nor on the pages that follow', async () => {
    const { api } = console.server;
    const id = await api.run({ name: 'Listed', script: COUNTS });
    const { forwarder, page, open } = await through();
    await open('runs');
    const row = page.getByRole('link', { name: 'Running: open this run of Listed' });
    await row.waitFor();
    forwarder.forget();
    await api.cancel(id);
    await row.waitFor({ state: 'detached' });
    forwarder.forget();
    await page.getByRole('link', { name: 'Listed' }).first().click();
    await word(page, 'Complete');
  }, 120_000);

  it('shows what a run prints though a proxy holds back all that is streamed', async () => {
    const { api } = console.server;
    const id = await api.run({ name: 'Held back', script: COUNTS });
    const { page, open } = await through((answer) => !answer.includes('\nevent: '));
    await open(`runs/${id}`);
    await word(page, 'line 3');
    for (const _ of [1, 2, 3]) {
      const last = await lastLine(page);
      await eventually(async () => expect(await lastLine(page)).toBeGreaterThan(last));
    }
    await word(page, 'Every second');
    await api.cancel(id);
    await word(page, 'Canceled');
    await word(page, 'Complete');
  }, 120_000);

  it('shows what a run prints though a proxy never lets a stream open', async () => {
    const { api } = console.server;
    const id = await api.run({ name: 'Not opened', script: COUNTS });
    const { page, open } = await through((answer) => !answer.includes('text/event-stream'));
    await open(`runs/${id}`);
    await word(page, 'line 3');
    await word(page, 'Every second');
    await api.cancel(id);
    await word(page, 'Complete');
  }, 120_000);

  it('is left at once when the browser says that there is a network again', async () => {
    const { api } = console.server;
    const id = await api.run({ name: 'Comes back', script: COUNTS });
    const { forwarder, page, open } = await through();
    await open(`runs/${id}`);
    await word(page, 'line 3');
    forwarder.forget('streams');
    const last = await lastLine(page);
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await eventually(async () => expect(await lastLine(page)).toBeGreaterThan(last), { timeoutMs: 3500 });
    await api.cancel(id);
    await word(page, 'Complete');
  }, 60_000);
});
