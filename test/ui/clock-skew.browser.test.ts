import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser/chromium.js';
import { type ConsoleUnderTest, startConsole } from '../support/browser/console.js';

/** Within a minute, however busy the machine is. */
const RECENTLY = /just now|\d+ sec\. ago/;

describeInBrowser('a browser whose clock is wrong', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 60_000);
  afterAll(() => console.close());

  it.each([-3_600_000, 3_600_000])(
    'tells how long ago and for how long by the clock of the server: %i ms',
    async (skew) => {
      const { api } = console.server;
      const { id } = await api.createScript({ name: `Skewed ${skew}`, script: 'echo began; sleep 300' });
      const runId = await api.startRun(id);
      const { page, context } = await console.open('');
      await context.addInitScript((ms) => {
        const RealDate = Date;
        const now = (): number => RealDate.now() + ms;
        window.Date = new Proxy(RealDate, {
          construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args) as object,
          get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
        });
      }, skew);
      await page.goto(console.at(''));
      await page.locator(`script-rows li[data-id="${id}"]`).getByText(RECENTLY).waitFor();
      await page.goto(console.at(`runs/${runId}`));
      await page.getByText('began', { exact: true }).waitFor();
      expect(await page.locator('elapsed-bar span').first().innerText()).toMatch(/^\d+(\.\d)? s$/);
      await page.locator('run-facts').getByText(RECENTLY).waitFor();
      await api.cancel(runId);
    },
  );
});
