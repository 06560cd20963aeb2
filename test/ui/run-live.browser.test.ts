import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { describeInBrowser, launchChromium } from '../support/browser/chromium.js';
import { cleanUp, freshDataDir, PASSWORD, startServer } from '../e2e/support/server.js';

const textsOf = (page: Page): Promise<string[]> => page.locator('.row .text').allInnerTexts();

describeInBrowser('a run that is watched', () => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await cleanUp();
  });

  const signedIn = () => browser.newContext({ httpCredentials: { username: 'admin', password: PASSWORD } });

  it('ends in the right status when its server is killed and started again, with no line twice', async () => {
    const settings = await freshDataDir();
    const first = await startServer(settings);
    const { port } = new URL(first.url);
    const id = await first.api.run({
      name: 'Counts',
      script: 'for i in $(seq 1 1000); do echo "line $i"; sleep 0.05; done',
    });
    const page = await (await signedIn()).newPage();
    let documents = 0;
    page.on('request', (request) => (documents += Number(request.isNavigationRequest())));
    await page.goto(`${first.url}/admin/scripts/runs/${id}`);
    await page.getByText('line 5', { exact: true }).waitFor();
    await first.kill();
    await page.getByText('Reconnecting', { exact: true }).waitFor();
    const second = await startServer({ ...settings, PORT: port });
    await page.getByText('Complete', { exact: true }).waitFor();
    await page.getByText('The server died while it ran.').waitFor();
    expect((await second.api.runOf(id)).status).toBe('failed');
    await page.getByText('Failed', { exact: true }).waitFor();
    const printed = (await second.api.log(id)).split('\n').slice(0, -1);
    expect(printed.length).toBeGreaterThan(4);
    await page.keyboard.press('b');
    await eventually(async () => {
      const [head] = await textsOf(page);
      expect(head).toBe('line 1');
    });
    const shown = await textsOf(page);
    expect(shown).toEqual(printed.slice(0, shown.length));
    expect(await page.getByText(`${printed.length} lines`).count()).toBe(1);
    expect(documents).toBe(1);
    await second.stop();
  }, 90_000);

  it('does not hang a seventh window when six watch runs that go on', async () => {
    const server = await startServer(await freshDataDir());
    const ids = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7].map((n) =>
        server.api.run({ name: `Run ${n}`, script: `i=0; while :; do i=$((i+1)); echo "${n}: $i"; sleep 0.2; done` }),
      ),
    );
    const context = await signedIn(); // windows of one browser share its connections
    const pages: Page[] = [];
    for (const id of ids) {
      const page = await context.newPage();
      pages.push(page);
      await page.goto(`${server.url}/admin/scripts/runs/${id}`);
      await page
        .getByText(/^\d: \d+$/)
        .first()
        .waitFor();
    }
    const signs = () => Promise.all(pages.map((page) => page.locator('connection-sign span').innerText()));
    await eventually(async () => {
      const words = (await signs()).map((word) => word.trim());
      expect(words.filter((word) => word === 'Live')).toHaveLength(4);
      expect(words.filter((word) => word === 'Every second')).toHaveLength(3);
    });
    for (const page of pages) {
      const before = (await textsOf(page)).at(-1);
      await eventually(async () => expect((await textsOf(page)).at(-1)).not.toBe(before));
    }
    const live = (await signs()).findIndex((word) => word.trim() === 'Live');
    await pages[live]?.close();
    pages.splice(live, 1);
    await eventually(async () => expect((await signs()).filter((word) => word.trim() === 'Live')).toHaveLength(4));
    await Promise.all(ids.map((id) => server.api.cancel(id)));
    for (const page of pages) await page.getByText('Complete', { exact: true }).waitFor();
    await context.close();
    await server.stop();
  }, 90_000);

  it('makes the stream anew when the browser has given it up, asks while the tab is hidden, and goes on after a lost login', async () => {
    const server = await startServer(await freshDataDir());
    const script = 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.1; done';
    const id = await server.api.run({ name: 'Goes on', script });
    const context = await signedIn();
    const page = await context.newPage();
    const sign = (word: string) => page.getByText(word, { exact: true }).waitFor();
    const goesOn = async () => {
      const before = (await textsOf(page)).at(-1);
      await eventually(async () => expect((await textsOf(page)).at(-1)).not.toBe(before));
    };
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    // An answer that is no event stream is what an EventSource gives up for.
    let refused = 0;
    await page.route(/\/stream/, async (route) => {
      if (++refused > 2) await route.fallback();
      else await route.fulfill({ status: 502, body: 'a proxy whose server is away' });
    });
    await page.goto(`${server.url}/admin/scripts/runs/${id}`);
    await sign('Live');
    expect(refused).toBe(3);
    await goesOn();

    await hide(true);
    await sign('Every second');
    await goesOn();
    await hide(false);
    await sign('Live');

    const signedOut = (route: Route) =>
      route.fulfill({ status: 401, json: { error: 'wrong credentials', code: 'auth.wrong-credentials' } });
    await hide(true);
    await page.route(/\/api\/admin\//, signedOut);
    await hide(false);
    await sign('Signed out');
    await page.getByText('Your login has expired').waitFor();
    await page.unroute(/\/api\/admin\//, signedOut);
    await page.getByRole('button', { name: 'Try again' }).click();
    await sign('Live');
    await goesOn();

    await server.api.cancel(id);
    await sign('Complete');
    const texts = await textsOf(page);
    expect(new Set(texts).size).toBe(texts.length);
    await server.stop();
  }, 60_000);
});
